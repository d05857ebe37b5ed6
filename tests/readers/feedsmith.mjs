// Reads feeds with feedsmith: paths on stdin, one a line; one JSON line for each on stdout.
// The folder whose node_modules holds feedsmith is the first argument.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(resolve(process.argv[2] ?? '.'), 'package.json'))
const { parseFeed } = await import(pathToFileURL(require.resolve('feedsmith')))

const idOf = (item) => (item.guid?.value ?? item.id ?? null)
const dateOf = (item) => item.pubDate ?? item.published ?? item.date_published ?? null
const seconds = (date) => (date === null ? null : Math.floor(new Date(date).getTime() / 1000))

for (const path of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  try {
    const { format, feed } = parseFeed(readFileSync(path, 'utf8'))
    const items = feed.items ?? feed.entries ?? []
    console.log(JSON.stringify({ path, format, items: items.map((i) => [idOf(i), seconds(dateOf(i))]) }))
  } catch (error) {
    console.log(JSON.stringify({ path, error: String(error) }))
  }
}
