import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";
import { evaluate } from "./evaluate.js";

// What browsers have and node has not.
const kept = new Map();
globalThis.localStorage = {
  getItem: (name) => kept.get(name) ?? null,
  setItem: (name, value) => kept.set(name, value),
  removeItem: (name) => kept.delete(name),
};

const [, , baseUrl, key] = process.argv;
const statuses = [];
const fetchImplementation = async (...request) => {
  const answer = await fetch(...request);
  statuses.push(answer.status);
  return answer;
};
const provider = new OFREPWebProvider({ baseUrl, fetchImplementation, pollInterval: 50, headers: [["Authorization", `Bearer ${key}`]] });
await OpenFeature.setContext({ targetingKey: "ada", workspace: "w" });
await OpenFeature.setProviderAndWait(provider);
const flags = await evaluate(OpenFeature.getClient());
while (statuses.length < 2) await new Promise((done) => setTimeout(done, 10));
console.log(JSON.stringify({ ...flags, statuses: statuses.slice(0, 2) }));
await OpenFeature.close();
process.exit(0);
