/** Every warning of the process is an error in tests: a deprecation or a leak must not scroll by unseen. */
process.on("warning", (warning) => {
  throw warning
})
