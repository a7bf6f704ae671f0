package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// File is a PDF in the making.
type File struct {
	Title, Author string

	pages  []*Page
	fonts  []*embedded // in the order of their first use, as are the images
	images []*Image
}

// AddPage begins a page of a size.
func (f *File) AddPage(width, height float64) *Page {
	page := &Page{file: f, width: width * Millimetre, height: height * Millimetre}
	f.pages = append(f.pages, page)
	return page
}

func (f *File) font(of *typeset.Font) (*embedded, error) {
	for _, known := range f.fonts {
		if known.of == of {
			return known, nil
		}
	}
	added, err := newEmbedded(of, len(f.fonts))
	f.fonts = append(f.fonts, added)
	return added, err
}

// writer numbers objects and remembers their places.
type writer struct {
	bytes.Buffer
	places []int
}

// reserve gives the number of an object that is written later.
func (w *writer) reserve() int {
	w.places = append(w.places, 0)
	return len(w.places)
}

func (w *writer) write(number int, object string) {
	w.places[number-1] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", number, object)
}

func (w *writer) add(object string) int {
	number := w.reserve()
	w.write(number, object)
	return number
}

// stream writes packed data below a dictionary's entries.
func (w *writer) stream(entries string, data []byte) (number int) {
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression) // the level is valid
	_, _ = z.Write(data)                                       // a buffer takes all
	_ = z.Close()
	return w.raw(entries+"/Filter/FlateDecode", packed.Bytes())
}

func (w *writer) raw(entries string, data []byte) (number int) {
	number = w.reserve()
	w.places[number-1] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n<<%s/Length %d>>\nstream\n", number, entries, len(data))
	w.Write(data)
	w.WriteString("\nendstream\nendobj\n")
	return number
}

// Bytes returns the file.
func (f *File) Bytes() ([]byte, error) {
	w := &writer{}
	w.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	catalog, tree := w.reserve(), w.reserve()
	var resources strings.Builder
	resources.WriteString("<</Font<<")
	for _, font := range f.fonts {
		number, err := font.write(w)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&resources, "/%s %d 0 R", font.name, number)
	}
	resources.WriteString(">>/XObject<<")
	for n, image := range f.images {
		fmt.Fprintf(&resources, "/I%d %d 0 R", n, image.write(w))
	}
	fmt.Fprintf(&resources, ">>/ExtGState<</Faint<</ca %v>>>>>>", faint)
	shared := w.add(resources.String())
	var kids []string
	for _, page := range f.pages {
		content := w.stream("", page.content.Bytes())
		kids = append(kids, fmt.Sprintf("%d 0 R", w.add(fmt.Sprintf(
			"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %s %s]/Resources %d 0 R/Contents %d 0 R>>",
			tree, decimal(page.width), decimal(page.height), shared, content))))
	}
	w.write(tree, fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", strings.Join(kids, " "), len(kids)))
	w.write(catalog, fmt.Sprintf("<</Type/Catalog/Pages %d 0 R/Lang(en)/ViewerPreferences<</DisplayDocTitle true>>>>", tree))
	info := w.add(fmt.Sprintf("<</Title %s/Author %s>>", hexText(f.Title), hexText(f.Author)))
	w.end(catalog, info)
	return w.Buffer.Bytes(), nil
}

// end writes the table of places. The file's id is the hash of all that stands before.
func (w *writer) end(catalog, info int) {
	id, start := sha256.Sum256(w.Buffer.Bytes()), w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", len(w.places)+1)
	for _, place := range w.places {
		fmt.Fprintf(w, "%010d 00000 n \n", place)
	}
	fmt.Fprintf(w, "trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%x><%[4]x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(w.places)+1, catalog, info, id[:16], start)
}

// hexText writes a text as a string of the file, in UTF-16.
func hexText(text string) string { return "<feff" + hex16(text) + ">" }

func hex16(text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, "%04x", unit)
	}
	return b.String()
}
