/** Forbids writing to the terminal but through `src/cli/output.ts`, which takes out what a terminal would obey. */
const streams = new Set(['stdout', 'stderr'])

function streamOf(node) {
  if (node.type === 'Identifier') return node.name
  return node.type === 'MemberExpression' && !node.computed ? node.property.name : undefined
}

const oneWay = {
  create(context) {
    return {
      MemberExpression(node) {
        const name = node.computed ? node.property.value : node.property.name
        if (name !== 'write' && name !== 'end') return
        if (!streams.has(streamOf(node.object))) return
        context.report({
          node,
          message: 'Print with print() of src/cli/output.ts: it takes escape characters out.',
        })
      },
    }
  },
}

export default { meta: { name: 'terminal' }, rules: { 'one-way': oneWay } }
