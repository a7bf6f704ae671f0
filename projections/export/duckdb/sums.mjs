// Reads a Parquet file of a journal and prints its types, and its sums by currency, as JSON.
import { DuckDBInstance } from "@duckdb/node-api";

const connection = await (await DuckDBInstance.create(":memory:")).connect();
await connection.run(`CREATE VIEW journal AS SELECT * FROM read_parquet('${process.argv[2].replaceAll("'", "''")}')`);
const rows = async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
const types = {};
for (const column of await rows("SELECT column_name, column_type FROM (DESCRIBE journal)")) types[column.column_name] = column.column_type;
const totals = await rows(`
  SELECT currency, count(*)::VARCHAR AS lines, sum(debit)::VARCHAR AS debit, sum(credit)::VARCHAR AS credit, sum(amount_minor)::VARCHAR AS minor,
         min(entry_date)::VARCHAR AS first, count(DISTINCT entry_id)::VARCHAR AS entries
  FROM journal GROUP BY currency ORDER BY currency`);
console.log(JSON.stringify({ types, totals }));
