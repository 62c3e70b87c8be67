import { z } from 'zod'
import { refParam } from '../../shared/params.ts'
import {
  ScheduleBody,
  ScheduleCreate,
  ScheduleList,
  SchedulePatchBody,
  ScheduleQuery,
  presentSchedule,
  readWhen,
} from '../../shared/schedules.ts'
import { route } from '../../../http/route.ts'
import type { Route } from '../../../http/route.ts'
import * as examples from './examples.ts'
import type { Sending } from '../../../features/sending/sending.ts'

const tag = 'Sending'
const params = z.strictObject({ id: refParam('sch_', 'The schedule') })

type Schedules = Sending['schedules']

/** Returns the routes of schedules. */
export function scheduleRoutes(schedules: Schedules): Route[] {
  return [...readingRoutes(schedules), ...changingRoutes(schedules)]
}

function readingRoutes(schedules: Schedules): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/v1/schedules',
      id: 'sending.schedules.list',
      summary: 'List the schedules, newest first',
      tag,
      scope: 'read:messages',
      query: ScheduleQuery,
      response: ScheduleList,
      examples: { response: { schedules: [examples.schedule] } },
    }).handle(async ({ query, caller }) => ({
      schedules: (await schedules.list(caller.accountId, query)).map(presentSchedule),
    })),
    route({
      method: 'get',
      path: '/api/v1/schedules/:id',
      id: 'sending.schedules.get',
      summary: 'Read one schedule',
      tag,
      scope: 'read:messages',
      params,
      response: ScheduleBody,
      examples: { response: examples.schedule },
    }).handle(async ({ params: { id }, caller }) =>
      presentSchedule(await schedules.get(caller.accountId, id)),
    ),
  ]
}

function changingRoutes(schedules: Schedules): Route[] {
  return [
    route({
      method: 'post',
      path: '/api/v1/schedules',
      id: 'sending.schedules.create',
      summary: 'Schedule a message, once or repeatedly',
      tag,
      scope: 'write:messages',
      idempotent: true,
      status: 201,
      body: ScheduleCreate,
      response: ScheduleBody,
      examples: { body: examples.scheduleBody, response: examples.schedule },
    }).handle(async ({ body: { message, respectQuietHours, ...body }, caller }) => {
      const when = readWhen(body) ?? { sendAt: '' }
      const request = { ...body, text: message, when, quiet: respectQuietHours }
      return presentSchedule(await schedules.create(caller.accountId, request))
    }),
    route({
      method: 'patch',
      path: '/api/v1/schedules/:id',
      id: 'sending.schedules.update',
      summary: 'Change a schedule',
      tag,
      scope: 'write:messages',
      params,
      body: SchedulePatchBody,
      response: ScheduleBody,
      examples: { body: { message: 'Menú de hoy: lentejas' }, response: examples.schedule },
    }).handle(async ({ params: { id }, body: { message, respectQuietHours, ...body }, caller }) => {
      const patch = { ...body, text: message, when: readWhen(body), quiet: respectQuietHours }
      return presentSchedule(await schedules.update(caller.accountId, id, patch))
    }),
    route({
      method: 'post',
      path: '/api/v1/schedules/:id/cancel',
      idempotent: true,
      id: 'sending.schedules.cancel',
      summary: 'End a schedule',
      tag,
      scope: 'write:messages',
      params,
      response: ScheduleBody,
      examples: { response: { ...examples.schedule, status: 'cancelled', nextAt: null } },
    }).handle(async ({ params: { id }, caller }) =>
      presentSchedule(await schedules.cancel(caller.accountId, id)),
    ),
  ]
}
