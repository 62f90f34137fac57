// Draws the charts of the page with the vega that stands above, and draws them anew when light turns to dark.
const specs = JSON.parse(document.getElementById("charts").textContent)
const dark = matchMedia("(prefers-color-scheme: dark)")

/** Greys trade places in the dark, hues stay: near-white becomes the page's near-black, ink becomes light. */
function inDark(value, key) {
  if (Array.isArray(value)) return value.map((item) => inDark(item))
  if (value !== null && typeof value === "object") {
    const kept = (name) => name === "data" || name === "datasets" || name === "scheme"
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, kept(name) ? item : inDark(item, name)]),
    )
  }
  if (typeof value !== "string") return value
  if (key === "background" && /^(#fff(fff)?|white)$/i.test(value)) return "transparent"
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(value)
  const long = short ? [1, 2, 3].map((at) => `${short[at]}${short[at]}`).join("") : /^#([0-9a-f]{6})$/i.exec(value)?.[1]
  const hex = { white: "ffffff", black: "000000" }[value] ?? long
  if (hex === undefined) return value
  const channels = [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  const [low, high] = [Math.min(...channels), Math.max(...channels)]
  if (high - low > 40) return value
  const turned = channels.map((channel) =>
    Math.round(20 + (255 - (high + low) / 2 + (channel - (high + low) / 2)) * 0.86),
  )
  return `#${turned.map((channel) => Math.min(255, channel).toString(16).padStart(2, "0")).join("")}`
}

/** Whether a chart colours areas by value: what is written on them was chosen for light paper, so it stays on that. */
function needsPaper(value) {
  if (value === null || typeof value !== "object") return false
  const mark = value.mark?.type ?? value.mark
  if (mark === "rect" || mark === "image") return true
  return Object.entries(value).some(([name, item]) => name !== "data" && name !== "datasets" && needsPaper(item))
}

async function draw(chart) {
  const spec = specs[chart.dataset.chart]
  const still = chart.dataset.still ?? chart.querySelector("noscript")?.textContent ?? ""
  chart.dataset.still = still
  const turn = dark.matches && !needsPaper(spec)
  chart.classList.toggle("paper", dark.matches && !turn)
  const options = { actions: false, renderer: "svg", tooltip: { theme: dark.matches ? "dark" : "light" } }
  if (turn) Object.assign(options, { theme: "dark", config: { background: "transparent" } })
  try {
    await vegaEmbed(chart, turn ? inDark(spec) : spec, options)
  } catch (error) {
    chart.innerHTML = still
    console.error("chart", chart.dataset.chart, error)
  }
}

const drawAll = () => document.querySelectorAll(".chart").forEach(draw)
dark.addEventListener("change", drawAll)
drawAll()
