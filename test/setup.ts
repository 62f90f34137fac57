/** Every warning of the process is an error in tests: a deprecation or a leak must not scroll by unseen. */
process.on("warning", (warning) => {
  throw warning
})

/** Kernels that tests start remember nothing in the user's home, unless a test says where. */
process.env.CELLGRAD_HISTORY ??= "off"
