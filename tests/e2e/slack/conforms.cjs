// Says which JSON objects of a file, one a line, do not have the shape of Slack's own types.
//
//   node conforms.cjs SCHEMAS.json FILE.jsonl      (NODE_MODULES names where ajv is)
//
// A "message" has blocks, a "modal" and a "home" are views, a "manifest" is an app's. Each fault is a line: what, where, why. Exit 1 if there is one.
const fs = require("node:fs");

const Ajv = require(`${process.env.NODE_MODULES}/ajv`);

const [schemas, file] = process.argv.slice(2);
const ajv = new Ajv({ strict: false, allErrors: false });
ajv.addSchema(JSON.parse(fs.readFileSync(schemas, "utf-8")), "slack");
const of = (name) => ajv.getSchema(`slack#/definitions/${name}`);
const shapes = { message: of("Message"), modal: of("Modal"), home: of("Home"), manifest: of("Manifest") };

let faults = 0;
let count = 0;
for (const line of fs.readFileSync(file, "utf-8").split("\n").filter(Boolean)) {
  const { type, ...rest } = JSON.parse(line);
  const given = type === "modal" || type === "home" ? { type, ...rest } : rest;
  count += 1;
  if (!shapes[type](given)) {
    faults += 1;
    const why = shapes[type].errors.map((error) => `${error.instancePath} ${error.message}`).slice(0, 8);
    console.log(`${count} ${type}: ${why.join("; ")}`);
  }
}
console.log(`${count} looked at, ${faults} with another shape`);
process.exitCode = faults ? 1 : 0;
