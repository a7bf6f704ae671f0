// Runs through what a shop does with the API, on the server that the environment names. It compiles without a cast.
import assert from "node:assert/strict";
import createPlainClient from "openapi-fetch";
import { createClient, dryRun, must, position, Refusal, replayed, type paths, type Schema } from "../src/index.js";

const client = createClient({ baseUrl: process.env["TALLYSTICK_URL"] ?? "", key: process.env["TALLYSTICK_KEY"] ?? "" });
const acme = { workspace: "script" };
const keyed = (key: string) => ({ "Idempotency-Key": `script-${key}` });

// A command without an Idempotency-Key does not compile. This is never run.
export const withoutKey = () =>
  // @ts-expect-error the key is missing
  client.POST("/v1/workspaces/{workspace}/seats", { params: { path: acme }, body: { member: "eve", role: "member" } });

// The events have one type also for a client that takes the paths alone, though they come as lines, too.
const plain = createPlainClient<paths>({ baseUrl: process.env["TALLYSTICK_URL"] ?? "" });
const listed = await plain.GET("/v1/events", { headers: { Authorization: `Bearer ${process.env["TALLYSTICK_KEY"] ?? ""}` } });
const types: string[] | undefined = listed.data?.data.map((event) => event.type);
const next: string | null | undefined = listed.data?.page.next;
assert.ok(types !== undefined && next !== undefined);

// A product, and a price: 12.00 USD a seat and month.
const product = must(
  await client.POST("/v1/products", {
    params: { header: keyed("product") },
    body: { code: "script", name: "Script", tier: 10, features: { sso: true, storage: 5 } },
  }),
);
assert.equal(product.code, "script");
must(
  await client.POST("/v1/products/{product}/prices", {
    params: { path: { product: product.code }, header: keyed("price") },
    body: { code: "script-month", currency: "USD", interval: "month", unit_amount: "12.00" },
  }),
);

// The workspace buys three seats, and gives one away.
const buy = () =>
  client.POST("/v1/workspaces/{workspace}/subscription", {
    params: { path: acme, header: keyed("subscription") },
    body: { price: "script-month", seats: 3, collection: "send_invoice" },
  });
const bought = must(await buy());
assert.equal(bought.subscription.status, "active");
const seat = await client.POST("/v1/workspaces/{workspace}/seats", {
  params: { path: acme, header: keyed("ada") },
  body: { member: "ada", role: "member" },
});
assert.equal(must(seat).state, "active");

// The same request again happened once.
const again = await buy();
assert.ok(replayed(again.response));
assert.deepEqual(must(again), bought);

// A query that shows what the command wrote.
const seats = must(
  await client.GET("/v1/workspaces/{workspace}/seats", {
    params: { path: acme, header: { "Min-Position": position(seat.response) } },
  }),
);
assert.deepEqual([seats.purchased, seats.allocated, seats.available], [3, 1, 2]);

// What two more seats would cost, tried and then done.
const change = { path: acme, header: keyed("seats") };
const tried = await client.POST("/v1/workspaces/{workspace}/subscription/seats", {
  params: { ...change, query: { dry_run: true } },
  body: { seats: 5 },
});
assert.equal(dryRun(tried).invoice?.total.amount, "24.00");
assert.throws(() => must(tried), TypeError);
const preview = must(
  await client.POST("/v1/workspaces/{workspace}/subscription/proration-preview", { params: { path: acme }, body: { seats: 5 } }),
);
const changed = await client.POST("/v1/workspaces/{workspace}/subscription/seats", { params: change, body: { seats: 5 } });
assert.equal(must(changed).subscription.seats, 5);

// Its invoice has what the preview said.
const id = must(changed).invoice;
assert.ok(id !== null);
const invoice: Schema<"Invoice"> = must(
  await client.GET("/v1/invoices/{invoice}", {
    params: { path: { invoice: id }, header: { "Min-Position": position(changed.response) } },
  }),
);
assert.deepEqual(invoice.total, preview.total);
assert.equal(invoice.total.amount, "24.00");
const [line] = invoice.lines;
assert.equal(line?.quantity, 2);

// A list, page by page.
const numbers: (string | null)[] = [];
for (let cursor: string | undefined; ; ) {
  const page = must(
    await client.GET("/v1/workspaces/{workspace}/invoices", {
      params: { path: acme, query: cursor === undefined ? { limit: 1 } : { limit: 1, cursor } },
    }),
  );
  numbers.push(...page.data.map((entry) => entry.number));
  if (page.page.next === null) break;
  cursor = page.page.next;
}
assert.equal(numbers.length, 2);

// A refusal is data, or an exception for those who like it so.
const refused = await client.POST("/v1/workspaces/{workspace}/seats", {
  params: { path: acme, header: keyed("again") },
  body: { member: "ada", role: "member" },
});
assert.equal(refused.error?.code, "member_exists");
assert.throws(
  () => must(refused),
  (error) => error instanceof Refusal && error.code === "member_exists" && error.problem.status === 409,
);

// A page for people.
const page = await client.GET("/v1/invoices/{invoice}/print", { params: { path: { invoice: id } }, parseAs: "text" });
assert.match(page.data ?? "", /<html/);

console.log("done");
