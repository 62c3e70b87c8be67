import { z } from 'zod'
import type { Knowledge } from '../../../features/bot/knowledge.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import { idParam } from '../../shared/params.ts'
import { KnowledgeBody, KnowledgeList, presentDocuments } from './knowledge-schema.ts'
import { Done } from './page.ts'

/** Returns the routes of the documents from which the bot answers. */
export function knowledgeRoutes(knowledge: Knowledge): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/bot/knowledge',
      id: 'bot.knowledge.list',
      summary: 'List the documents that the bot answers from',
      tag: 'Bot',
      scope: 'read:config',
      response: KnowledgeList,
      examples: {
        response: {
          documents: [
            {
              id: 7,
              title: 'Envíos',
              length: 34,
              fromFolder: false,
              updatedAt: '2026-03-25T10:00:00.000Z',
            },
          ],
        },
      },
    }).handle(async ({ caller }) => presentDocuments(await knowledge.list(caller.accountId))),
    route({
      method: 'post',
      path: '/api/v1/bot/knowledge',
      id: 'bot.knowledge.put',
      summary: 'Store a document, replacing one of the same title',
      tag: 'Bot',
      scope: 'write:config',
      idempotent: true,
      body: KnowledgeBody,
      response: z.object({ id: z.int(), title: z.string() }),
      examples: {
        body: { title: 'Envíos', body: 'Enviamos a todo el país en 3 días.' },
        response: { id: 7, title: 'Envíos' },
      },
    }).handle(async ({ body, caller }) => ({
      id: await knowledge.put(caller.accountId, body),
      title: body.title,
    })),
    route({
      method: 'delete',
      path: '/api/v1/bot/knowledge/:id',
      id: 'bot.knowledge.delete',
      summary: 'Remove a document',
      tag: 'Bot',
      scope: 'write:config',
      params: z.strictObject({ id: idParam('The document') }),
      response: Done,
      examples: { response: { success: true } },
    }).handle(async ({ params, caller }) => {
      await knowledge.remove(caller.accountId, params.id)
      return { success: true as const }
    }),
  ]
}
