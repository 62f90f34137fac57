import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { requires, root } from "../requirements.js"

requires("sanitizer")("the kernels under the address and undefined-behaviour sanitizers", () => {
  test("read and write nothing outside their buffers, whatever the shapes, strides and offsets", () => {
    const folder = join(root, ".cache/sanitized")
    const compiler = process.env.CXX || "g++"
    const build = spawnSync(
      process.execPath,
      [join(root, "scripts/build-native.mjs"), "--sanitize", `--out=${folder}`],
      { encoding: "utf8", env: { ...process.env, CXX: compiler } },
    )
    const addon = join(folder, `${process.platform}-${process.arch}.node`)
    expect(existsSync(addon), build.stdout + build.stderr).toBe(true)
    const runtime = (name: string) => {
      const found = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" })
      return found.stdout.trim()
    }
    const run = (isa: string, ...args: string[]) =>
      spawnSync(process.execPath, args, {
        encoding: "utf8",
        env: {
          ...process.env,
          CELLGRAD_ISA: isa,
          LD_PRELOAD: `${runtime("libasan.so")} ${runtime("libubsan.so")}`,
          // Node itself keeps memory to its end, and its stack is not this compiler's.
          ASAN_OPTIONS: "detect_leaks=0:halt_on_error=1",
          UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
        },
      })
    // Lanes that a mask leaves out are not watched; the set without masks proves that the watch stands.
    const oneTooMany = `const addon = require(${JSON.stringify(addon)})
      addon.ints[0] = 0
      addon.numbers.set([addon.addressOf(new Float32Array(new ArrayBuffer(400))), 101, 1])
      addon.run()`
    const seen = run("sse2", "-e", oneTooMany)
    if (process.arch === "x64") expect(seen.stderr).toContain("AddressSanitizer: heap-buffer-overflow")

    const fuzz = [join(root, "test/native/fuzz.mjs"), addon, "6", "1"]
    for (const isa of process.arch === "x64" ? ["amx", "avx512", "avx2", "sse2"] : [""]) {
      const done = run(isa, ...fuzz)
      expect(done.status, `${isa}\n${done.stderr.slice(0, 4000)}`).toBe(0)
      expect(done.stderr, isa).not.toMatch(/runtime error|AddressSanitizer/)
      expect(Object.values(JSON.parse(done.stdout) as { [name: string]: number }).every((count) => count > 0)).toBe(
        true,
      )
    }
  }, 300_000)
})
