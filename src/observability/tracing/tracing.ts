import { AsyncLocalStorage } from "node:async_hooks";
import type { IncomingHttpHeaders } from "node:http";
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { toAppError } from "../../domain/errors.ts";

/** How long the end of a program waits for a collector to take the last spans. */
const LAST_SPANS_MS = 2_000;

export type Tracing = ReturnType<typeof openTracing>;

/**
 * Traces by OpenTelemetry, sent by OTLP over HTTP to where the standard environment variables say; sampling, batches, headers
 * and the service's name are theirs, too. Nothing is registered for the whole process, so that no other part of it is changed.
 * Spans hold names of operations, ids of tenants, counts and codes of errors; never a text, a prompt's name or a credential.
 */
export function openTracing() {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ "service.name": "promptforge" }))
    .merge(detectResources({ detectors: [envDetector] }));
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer("promptforge");
  const propagator = new W3CTraceContextPropagator();
  const current = new AsyncLocalStorage<Context>();

  function begin(name: string, kind: SpanKind, attributes: Attributes, parent: Context): Span {
    return tracer.startSpan(name, { kind, attributes }, parent);
  }

  return {
    /** Whether somebody waits for what is done here: what the server does by itself over and over is not worth a trace. */
    isTraced: () => current.getStore() !== undefined,

    /** Does some work in a span below the one that it is called in, or at the top. What fails is told by its code. */
    async span<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
      const parent = current.getStore() ?? ROOT_CONTEXT;
      const span = begin(name, SpanKind.INTERNAL, attributes, parent);
      try {
        return await current.run(trace.setSpan(parent, span), work);
      } catch (error) {
        const { code } = toAppError(error);
        span.setAttribute("error.type", code);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    },

    /** Answers an HTTP request in a span, below the caller's own where it names one [W3C Trace Context]. */
    request(
      request: { readonly method: string; readonly surface: string; readonly headers: IncomingHttpHeaders },
      work: () => void,
    ): { readonly end: (status: number, requestId: string | undefined) => void } {
      const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
      const span = begin(
        `${request.method} ${request.surface}`,
        SpanKind.SERVER,
        { "http.request.method": request.method, "promptforge.surface": request.surface },
        parent,
      );
      current.run(trace.setSpan(parent, span), work);
      return {
        end(status, requestId) {
          span.setAttribute("http.response.status_code", status);
          if (requestId !== undefined) span.setAttribute("promptforge.request_id", requestId);
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },

    /** Sends what is left, for as long as that is worth waiting. */
    async close(): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LAST_SPANS_MS);
      });
      await Promise.race([provider.shutdown().catch(() => undefined), enough]);
      clearTimeout(timer);
    },
  };
}
