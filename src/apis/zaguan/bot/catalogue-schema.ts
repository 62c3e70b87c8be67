import { z } from 'zod'
import { CsvFault, readCatalogueCsv } from './catalogue-csv.ts'

const product = {
  sku: z.string().trim().min(1).max(60),
  name: z.string().trim().min(1).max(200),
  description: z.string().max(1000),
  price: z.string().trim().min(1).max(40).meta({ description: 'The price as quoted, with its currency' }),
  stock: z.int().min(0).nullable(),
}

const given = z.strictObject({
  ...product,
  description: product.description.default(''),
  stock: product.stock.default(null),
})

const maxProducts = 2000

/** The complete catalogue, as a list or as CSV text with a header. An unreadable one changes nothing. */
export const CatalogueBody = z
  .strictObject({
    products: z.array(given).max(maxProducts).optional(),
    csv: z.string().max(900_000).optional(),
  })
  .refine((body) => (body.products === undefined) !== (body.csv === undefined), {
    path: ['products'],
    error: 'expected either products or csv',
  })
  .transform(({ products, csv }, ctx) => {
    const list = csv === undefined ? (products ?? []) : productsOfCsv(csv, ctx)
    if (new Set(list.map(({ sku }) => sku)).size < list.length) {
      ctx.addIssue({
        code: 'custom',
        path: [csv === undefined ? 'products' : 'csv'],
        message: 'expected each sku only once',
      })
    }
    return list
  })

function productsOfCsv(csv: string, ctx: z.RefinementCtx): z.output<typeof given>[] {
  const refuse = (message: string): never[] => {
    ctx.addIssue({ code: 'custom', path: ['csv'], message })
    return []
  }
  try {
    const rows = readCatalogueCsv(csv, maxProducts)
    if (rows.length > maxProducts) return refuse(`expected at most ${maxProducts} products`)
    const checked = z.array(given).safeParse(rows.map(({ cells }) => cells))
    if (checked.success) return checked.data
    const [issue] = checked.error.issues
    const [at, column] = issue?.path ?? []
    const where = [`line ${rows[Number(at)]?.line ?? '?'}`, column].filter((each) => each !== undefined)
    return refuse(`${where.map(String).join(', ')}: ${issue?.message ?? ''}`)
  } catch (error) {
    if (error instanceof CsvFault) return refuse(error.message)
    throw error
  }
}

export const Products = z
  .object({ products: z.array(z.object({ id: z.int(), ...product })) })
  .meta({ id: 'BotProducts' })
