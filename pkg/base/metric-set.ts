/** A controller's own metrics, under upstream's names, in Prometheus' text format. */
import { Histogram } from '#base/histogram.ts'

/** More than that are not told apart: whoever labels by what users name must not fill the memory. */
const seriesLimit = 1000

type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(labels?: Labels, by?: number): void
}

export interface Gauge {
  set(value: number, labels?: Labels): void
}

export interface Observer {
  observe(value: number, labels?: Labels): void
}

interface Family {
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  lines(): readonly string[]
}

export class MetricSet {
  readonly #families: Family[] = []

  /** Counts what happened. */
  counter(name: string, help: string): Counter {
    const values = new Series<number>(() => 0)
    this.#families.push({ name, type: 'counter', help, lines: () => values.map((text, value) => [`${name}${braced(text)} ${value}`]) })
    return { add: (labels = {}, by = 1) => values.change(labels, (value) => value + by) }
  }

  /** Shows how much there is, as it was last said. */
  gauge(name: string, help: string): Gauge {
    const values = new Series<number>(() => 0)
    this.#families.push({ name, type: 'gauge', help, lines: () => values.map((text, value) => [`${name}${braced(text)} ${value}`]) })
    return { set: (value, labels = {}) => values.change(labels, () => value) }
  }

  /** Shows how much there is, as it is counted when somebody asks. */
  gauges(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    this.#families.push({ name, type: 'gauge', help, lines: () => [...read()].map(([labels, value]) => `${name}${braced(textOf(labels))} ${value}`) })
  }

  /** `bounds`: upper ones, ascending. */
  histogram(name: string, help: string, bounds: readonly number[]): Observer {
    const values = new Series<Histogram>(() => new Histogram(bounds))
    this.#families.push({ name, type: 'histogram', help, lines: () => values.map((text, histogram) => histogram.lines(name, text)) })
    return {
      observe: (value, labels = {}) =>
        values.change(labels, (histogram) => {
          histogram.observe(value)
          return histogram
        }),
    }
  }

  text(): string {
    return this.#families
      .flatMap(({ name, type, help, lines }) => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(), ''])
      .join('\n')
      .replaceAll('\n\n', '\n')
  }
}

/** `count` bounds from `first`, each `factor` times the one before. */
export function exponentialBounds(first: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Number((first * factor ** at).toPrecision(12)))
}

class Series<T> {
  readonly #values = new Map<string, T>()
  readonly #make: () => T

  constructor(make: () => T) {
    this.#make = make
  }

  change(labels: Labels, to: (value: T) => T): void {
    const text = textOf(labels)
    const key =
      this.#values.has(text) || this.#values.size < seriesLimit ? text : textOf(Object.fromEntries(Object.keys(labels).map((name) => [name, 'other'])))
    this.#values.set(key, to(this.#values.get(key) ?? this.#make()))
  }

  map(lines: (text: string, value: T) => readonly string[]): string[] {
    return [...this.#values].flatMap(([text, value]) => lines(text, value))
  }
}

/** In the order of their names, as Prometheus' own library writes them. */
function textOf(labels: Labels): string {
  return Object.entries(labels)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',')
}

const braced = (text: string): string => (text === '' ? '' : `{${text}}`)
