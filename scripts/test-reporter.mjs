// Collects vitest's results for scripts/test.mjs: prints one line a file while it runs, failures in full at the end, and
// writes the counts to the file named by CELLGRAD_TEST_REPORT.
import { writeFileSync } from "node:fs"
import { relative } from "node:path"
import { stripVTControlCharacters } from "node:util"

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

export default class Reporter {
  onInit(vitest) {
    this.vitest = vitest
  }

  onTestModuleEnd(module) {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const test of module.children.allTests()) count[countAs(test)]++
    const parts = Object.entries(count).filter(([, number]) => number > 0)
    const mark = !module.ok() ? "FAIL" : count.passed === 0 ? "skip" : "ok  "
    const time = seconds(module.diagnostic().duration)
    console.log(
      `  ${mark} ${this.path(module)}  ${parts.map(([name, number]) => `${number} ${name}`).join(", ")}  (${time})`,
    )
  }

  onUserConsoleLog(log) {
    if (process.env.CELLGRAD_TEST_OUTPUT) process.stdout.write(log.content)
  }

  onTestRunEnd(modules, unhandledErrors) {
    const report = { passed: 0, failed: 0, skipped: 0, reasons: [] }
    const reasons = new Map()
    for (const module of modules) {
      this.printErrors(`${this.path(module)} could not be run`, module.errors())
      if (module.errors().length > 0) report.failed++
      for (const suite of module.children.allSuites()) {
        this.printErrors(`${this.path(module)} > ${suite.fullName}`, suite.errors())
        report.failed += suite.errors().length
      }
      // Such as when its process died; then which of its tests was at fault is not known.
      if (!["passed", "failed", "skipped"].includes(module.state())) {
        console.log(`\n  FAIL ${this.path(module)} did not come to its end`)
      }
      for (const test of module.children.allTests()) {
        const state = countAs(test)
        report[state]++
        if (state === "failed") this.printErrors(`${this.path(module)} > ${test.fullName}`, test.result().errors ?? [])
        if (state === "skipped") {
          const reason = `${this.path(module)}: ${reasonOf(test)}`
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
        }
      }
    }
    this.printErrors("outside any test", unhandledErrors)
    report.failed += unhandledErrors.length
    report.reasons = [...reasons].map(([reason, number]) => `${number} in ${reason}`)
    const file = process.env.CELLGRAD_TEST_REPORT
    if (file) writeFileSync(file, JSON.stringify(report))
  }

  path(module) {
    return relative(this.vitest.config.root, module.moduleId)
  }

  printErrors(title, errors) {
    for (const error of errors) {
      const text = error.stack ?? `${error.name ?? "Error"}: ${error.message}`
      const frames = (error.stacks ?? []).map(
        (frame) => `      at ${relative(process.cwd(), frame.file)}:${frame.line}:${frame.column}`,
      )
      console.log(`\n  FAIL ${title}`)
      console.log(indent(stripVTControlCharacters(frames.length > 0 ? `${error.name}: ${error.message}` : text)))
      if (frames.length > 0) console.log(frames.slice(0, 6).join("\n"))
      if (error.cause) console.log(indent(`caused by ${error.cause.stack ?? error.cause.message ?? error.cause}`))
      if (error.diff) console.log(indent(stripVTControlCharacters(error.diff)))
    }
  }
}

/** A test that never got a result (its hook failed, the run was cut) has failed, not vanished. */
function countAs(test) {
  const { state } = test.result()
  if (state === "passed" || state === "skipped") return state
  return state === "pending" && isLeftOut(test) ? "skipped" : "failed"
}

/** Whether a suite around a test is skipped: inside two of them tests are never given a result. */
function isLeftOut({ parent }) {
  return parent.type === "suite" && (parent.options.mode === "skip" || isLeftOut(parent))
}

/** The note of `context.skip(note)`, or what `requires` put in brackets into the suite's name. */
function reasonOf(test) {
  const { note } = test.result()
  return note ?? test.fullName.match(/\[(needs [^\]]*)\]/)?.[1] ?? `skipped in the source (${test.fullName})`
}

function indent(text) {
  return text
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n")
}
