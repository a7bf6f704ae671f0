import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { evaluate } from "./evaluate.js";

const [, , baseUrl, key] = process.argv;
const provider = new OFREPProvider({ baseUrl, headers: [["Authorization", `Bearer ${key}`]] });
await OpenFeature.setProviderAndWait(provider);
OpenFeature.setContext({ targetingKey: "ada", workspace: "w" });
console.log(JSON.stringify(await evaluate(OpenFeature.getClient())));
await OpenFeature.close();
