import {
  PreviewBody,
  PreviewInput,
  TemplateBody,
  TemplateCreate,
  TemplateDeleted,
  TemplateList,
  TemplateParams,
  TemplatePatch,
  TemplatesQuery,
  presentPreview,
  presentTemplate,
  variablesInWords,
} from '../../shared/templates.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './templates-examples.ts'
import type { Sending } from '../../../features/sending/sending.ts'

const tag = 'Sending'

type Templates = Sending['templates']

/** Returns the routes of templates. */
export function templateRoutes(templates: Templates): Route[] {
  return [...readingRoutes(templates), ...changingRoutes(templates), previewRoute(templates)]
}

function readingRoutes(templates: Templates): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/templates',
      id: 'sending.templates.list',
      summary: 'List the templates by name',
      tag,
      scope: 'read:messages',
      query: TemplatesQuery,
      response: TemplateList,
      examples: { response: { templates: [examples.template] } },
    }).handle(async ({ query, caller }) => ({
      templates: (await templates.list(caller.accountId, query)).map(presentTemplate),
    })),
    route({
      method: 'get',
      path: '/api/v1/templates/:name',
      id: 'sending.templates.get',
      summary: 'Read one template',
      tag,
      scope: 'read:messages',
      params: TemplateParams,
      response: TemplateBody,
      examples: { response: examples.template },
    }).handle(async ({ params: { name }, caller }) =>
      presentTemplate(await templates.get(caller.accountId, name)),
    ),
  ]
}

function changingRoutes(templates: Templates): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/templates',
      id: 'sending.templates.create',
      summary: 'Create a template',
      description:
        `The gateway fills in ${variablesInWords}; \`{{customer.fields.…}}\` – a field of the customer. ` +
        'A name without a dot is your own field, set with each send. ' +
        'Appointment reminders use the template `appointment-reminder`.',
      tag,
      scope: 'write:messages',
      idempotent: true,
      status: 201,
      body: TemplateCreate,
      response: TemplateBody,
      examples: { body: examples.templateBody, response: examples.template },
    }).handle(async ({ body, caller }) => presentTemplate(await templates.create(caller.accountId, body))),
    route({
      method: 'patch',
      path: '/api/v1/templates/:name',
      id: 'sending.templates.update',
      summary: 'Change the texts of a template',
      tag,
      scope: 'write:messages',
      params: TemplateParams,
      body: TemplatePatch,
      response: TemplateBody,
      examples: { body: { texts: { es: examples.template.texts.es } }, response: examples.template },
    }).handle(async ({ params: { name }, body, caller }) =>
      presentTemplate(await templates.update(caller.accountId, name, body.texts)),
    ),
    route({
      method: 'delete',
      path: '/api/v1/templates/:name',
      id: 'sending.templates.delete',
      summary: 'Delete a template that no schedule is to send',
      tag,
      scope: 'write:messages',
      params: TemplateParams,
      response: TemplateDeleted,
      examples: { response: { name: 'order-ready', deleted: true } },
    }).handle(async ({ params: { name }, caller }) => {
      await templates.remove(caller.accountId, name)
      return { name, deleted: true as const }
    }),
  ]
}

function previewRoute(templates: Templates): Route {
  return route({
    method: 'post',
    path: '/api/v1/templates/:name/preview',
    id: 'sending.templates.preview',
    summary: 'Preview a template without sending it',
    tag,
    scope: 'read:messages',
    params: TemplateParams,
    body: PreviewInput,
    response: PreviewBody,
    examples: { body: examples.previewBody, response: examples.preview },
  }).handle(async ({ params: { name }, body: { to, ...body }, caller }) =>
    presentPreview(await templates.preview(caller.accountId, { ...body, name, jid: to })),
  )
}
