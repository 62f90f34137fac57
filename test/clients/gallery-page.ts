/** A chart or card with the code that made it and the name of its pictures. */
export interface GalleryEntry {
  title: string
  code: string
  file: string
}

/** The gallery as a page of Markdown: for each entry its code, and what JupyterLab shows, light and dark. */
export function galleryPage(entries: readonly GalleryEntry[]): string {
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
  return `# Gallery

Every chart and card with the code that makes it, as JupyterLab 4 shows it. The code stands in [gallery.ipynb](gallery.ipynb), whose first
cell trains the small network that many of the charts look at. \`npm run gallery\` runs the notebook in JupyterLab and takes all
pictures anew; the first 16,000 pixels of the same in [Notebook 7](notebook-7.jpeg) and, with every script removed, all of it in
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
