import { createServer } from 'node:http'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

// An MCP server made with the official SDK: on standard input and output, or by HTTP where it is given a token to ask for.
const text = value => ({ content: [{ type: 'text', text: value }] })
const object = properties => ({ type: 'object', properties, additionalProperties: false })

function serve() {
  const server = new Server({ name: 'test', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler(ListToolsRequestSchema, async ({ params }) =>
    params?.cursor === 'second'
      ? { tools: [{ name: 'env', description: 'Tells its environment.', inputSchema: object({}) }] }
      : {
          tools: [
            { name: 'echo', description: 'Repeats.', inputSchema: object({ text: { type: 'string' } }) },
            { name: 'file.read', description: 'Reads.', inputSchema: object({}) },
            { name: 'fail', inputSchema: object({}) },
            { name: 'data', description: 'Data.', inputSchema: object({}) },
            { name: 'hang', description: 'Hangs.', inputSchema: object({}) },
            { name: 'exit', description: 'Ends.', inputSchema: object({}) },
            {
              name: 'odd',
              description: 'Odd.',
              inputSchema: { type: 'object', properties: { a: { type: 'no' } } },
            },
          ],
          nextCursor: 'second',
        },
  )
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    switch (params.name) {
      case 'echo':
        return text(params.arguments.text)
      case 'fail':
        return { ...text('the disk is full'), isError: true }
      case 'data':
        return { ...text('ignored'), structuredContent: { n: 7 } }
      case 'file.read':
        return {
          content: [
            { type: 'text', text: 'first' },
            { type: 'image', data: 'AAAA', mimeType: 'image/png' },
            { type: 'resource', resource: { uri: 'file:///a', text: 'second' } },
          ],
        }
      case 'env':
        return text(JSON.stringify({ mine: process.env.MINE, secret: process.env.GEMINI_API_KEY }))
      case 'exit':
        process.exit(3)
        break
      case 'hang':
        await new Promise(resolve => signal.addEventListener('abort', resolve))
        process.stderr.write('aborted\n')
        return text('never')
    }
  })
  return server
}

const [token] = process.argv.slice(2)
if (token === undefined) await serve().connect(new StdioServerTransport())
else {
  const http = createServer(async (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return response.writeHead(401).end()
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })
    await serve().connect(transport)
    await transport.handleRequest(request, response)
  })
  http.listen(0, '127.0.0.1', () => console.log(http.address().port))
}
