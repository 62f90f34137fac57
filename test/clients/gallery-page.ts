/** A chart or card with the code that made it and the name of its pictures. */
export interface GalleryEntry {
  title: string
  code: string
  file: string
}

/**
 * The gallery as a page of Markdown: for each entry its code, and what JupyterLab shows, light and dark; `sheets` are the
 * names of the pictures that Notebook 7 took, part by part.
 */
export function galleryPage(entries: readonly GalleryEntry[], sheets: readonly string[]): string {
  const contents = entries.map(({ title }) => `[${title}](#${anchor(title)})`).join(" · ")
  const sections = entries.map(
    ({ title, code, file }) => `## ${title}

\`\`\`ts
${code}
\`\`\`

| JupyterLab, light | JupyterLab, dark |
|---|---|
| ![${title}, light](light/${file}.png) | ![${title}, dark](dark/${file}.png) |
`,
  )
  const parts = sheets.map((file, i) => `[part ${i + 1}](notebook-7/${file})`)
  return `# Gallery

Every chart and card with the code that makes it, as JupyterLab 4 shows it. The code stands in [gallery.ipynb](gallery.ipynb), whose first
cell trains the small network that many of the charts look at. \`npm run gallery\` runs the notebook in JupyterLab and takes all
pictures anew; the same in Notebook 7 (${parts.join(", ")}) and, with every script removed, in
[nbconvert's HTML](nbconvert-without-scripts.jpeg).

${contents}

${sections.join("\n")}`
}

/** How GitHub names a heading. */
function anchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-")
}
