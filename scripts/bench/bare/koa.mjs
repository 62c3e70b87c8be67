// A Koa server that parses a body and answers with one of the same size as ours: what the framework alone costs.
import Koa from 'koa'
import Router from '@koa/router'
import bodyParser from 'koa-bodyparser'

const answers = JSON.parse(process.argv[2])
const app = new Koa()
const router = new Router()
for (const [path, body] of Object.entries(answers)) {
  const handle = (context) => {
    context.body = body
  }
  router.get(path, handle)
  router.post(path, handle)
}
app.use(bodyParser()).use(router.routes())
const server = app.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`))
