// Runs cells one after the other in a session of their own, checked by the language server, and prints what they say as JSON.
//
//   node say.mjs FOLDER '["cell", …]'
import { startLanguage } from "../../../dist/kernel/language-server.js"
import { Session } from "../../../dist/kernel/session.js"

const [cwd, cells] = process.argv.slice(2)
const write = process.stdout.write.bind(process.stdout)
const language = startLanguage({ cwd })
const said = []
const session = new Session({
  cwd,
  language,
  check: "error",
  checkPatienceMs: 20_000,
  output: {
    stream: (_, text) => said.push(text),
    display: () => {},
    result: ({ data }) => said.push(String(data["text/plain"])),
    error: ({ evalue }) => said.push(evalue),
    clearOutput: () => {},
    input: () => Promise.reject(new Error("nobody is here")),
  },
})
session.streams.replace()
for (const cell of JSON.parse(cells)) await session.execute(cell)
await language.close()
write(JSON.stringify(said), () => process.exit(0))
