package export

import (
	"context"
	"fmt"
	"io"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
)

const (
	decimalDigits    = 38
	decimalScale     = 9 // digits behind the point
	decimalBytes     = 16
	parquetGroupRows = 50_000
)

// parquetPart writes a table into a Parquet file. Its rows are described at its end, so that one that was cut short begins again.
func parquetPart(name string, t Table) (Part, error) {
	sums := newTotals(t)
	pages := &ahead{Table: t}
	var out *parquet.GenericWriter[any]
	return Part{
		Name: name, Whole: true, Totals: sums.sorted,
		Next: func(ctx context.Context, to io.Writer, after string) (string, int64, error) {
			if after == "" {
				out = parquet.NewGenericWriter[any](to, parquetSchema(t), parquet.Compression(&parquet.Snappy),
					parquet.MaxRowsPerRowGroup(parquetGroupRows), parquet.CreatedBy("tallystick", "", ""))
			}
			page, err := pages.next(ctx, after)
			if err != nil {
				return "", 0, err
			}
			rows := make([]parquet.Row, len(page.Rows))
			for i, row := range page.Rows {
				if err := sums.add(row); err != nil {
					return "", 0, err
				}
				if rows[i], err = parquetRow(t.Columns, row); err != nil {
					return "", 0, err
				}
			}
			if _, err := out.WriteRows(rows); err != nil {
				return "", 0, err
			}
			if page.Next == "" {
				err = out.Close()
			}
			return page.Next, int64(len(rows)), err
		},
	}, nil
}

// ordered is a group whose fields stay in their order.
type ordered struct {
	parquet.Group
	fields []parquet.Field
}

// Fields gives the fields in their order.
func (o ordered) Fields() []parquet.Field { return o.fields }

type parquetField struct {
	parquet.Node
	name string
}

// Name gives the column's name.
func (f parquetField) Name() string { return f.name }

// Value is for rows that are structs, which ours are not.
func (f parquetField) Value(base reflect.Value) reflect.Value { return base }

func parquetSchema(t Table) *parquet.Schema {
	root := ordered{Group: parquet.Group{}}
	for _, column := range t.Columns {
		node := parquet.Optional(parquetNode(column.Type))
		root.Group[column.Name] = node
		root.fields = append(root.fields, parquetField{node, column.Name})
	}
	return parquet.NewSchema("row", root)
}

func parquetNode(t Type) parquet.Node {
	switch t {
	case Integer:
		return parquet.Int(64)
	case Date:
		return parquet.Date()
	case Time:
		return parquet.Timestamp(parquet.Microsecond)
	case Amount:
		return parquet.Decimal(decimalScale, decimalDigits, parquet.FixedLenByteArrayType(decimalBytes))
	case Text:
	}
	return parquet.String()
}

func parquetRow(columns []Column, row []Cell) (parquet.Row, error) {
	values := make(parquet.Row, len(row))
	for i, cell := range row {
		if !cell.Given {
			values[i] = parquet.NullValue().Level(0, 0, i)
			continue
		}
		value, err := parquetValue(columns[i].Type, cell.Text)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", columns[i].Name, err)
		}
		values[i] = value.Level(0, 1, i)
	}
	return values, nil
}

func parquetValue(t Type, text string) (parquet.Value, error) {
	switch t {
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		return parquet.Int64Value(n), err
	case Date:
		day, err := time.Parse(time.DateOnly, text)
		return parquet.Int32Value(int32(day.Unix() / (24 * 60 * 60))), err
	case Time:
		at, err := time.Parse(time.RFC3339Nano, text)
		return parquet.Int64Value(at.UnixMicro()), err
	case Amount:
		return decimalValue(text)
	case Text:
	}
	return parquet.ByteArrayValue([]byte(text)), nil
}

// decimalValue gives a decimal as a two's complement.
func decimalValue(text string) (parquet.Value, error) {
	units, digits, ok := parseDecimal(text)
	if !ok || digits > decimalScale {
		return parquet.Value{}, fmt.Errorf("%q is no amount with at most %d digits behind the point", text, decimalScale)
	}
	for ; digits < decimalScale; digits++ {
		units.Mul(units, ten)
	}
	if units.BitLen() >= 8*decimalBytes-1 || len(units.Text(10)) > decimalDigits+1 {
		return parquet.Value{}, fmt.Errorf("%q is too large", text)
	}
	if units.Sign() < 0 {
		units.Add(units, new(big.Int).Lsh(big.NewInt(1), 8*decimalBytes))
	}
	return parquet.FixedLenByteArrayValue(units.FillBytes(make([]byte, decimalBytes))), nil
}
