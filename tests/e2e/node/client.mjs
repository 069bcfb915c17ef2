// Does for the tests what an application on Node.js does with its registry client.
//
// Reads a JSON array of commands from standard input and writes an array of answers;
// what a command could not do is its answer, too. Bytes travel as base64.
import { readFileSync } from "node:fs";
import { argv, stdin, stdout } from "node:process";
import kafkajs from "@kafkajs/confluent-schema-registry";

const { SchemaRegistry, SchemaType } = kafkajs;
const client = new SchemaRegistry({ host: argv[2], retry: { retries: 0 } });

const acts = {
  register: ({ type, schema, references, subject }) =>
    client.register({ type: SchemaType[type], schema, references }, { subject }),
  latest: ({ subject }) => client.getLatestSchemaId(subject),
  find: ({ type, schema, subject }) =>
    client.getRegistryIdBySchema(subject, { type: SchemaType[type], schema }),
  encode: async ({ id, value }) =>
    (await client.encode(id, value)).toString("base64"),
  decode: ({ payload }) => client.decode(Buffer.from(payload, "base64")),
};

async function answer(command) {
  try {
    return { result: await acts[command.act](command) };
  } catch (error) {
    return { error: error.message, status: error.status ?? null };
  }
}

const answers = [];
for (const command of JSON.parse(readFileSync(stdin.fd, "utf8"))) {
  answers.push(await answer(command));
}
stdout.write(JSON.stringify(answers));
