"""Record an OpenTelemetry span for each attempt of each call."""

from opentelemetry import trace

from cognito_async import Hooks, ReplyEvent, RequestEvent, RetryEvent, UserPool

tracer = trace.get_tracer("my-program")
spans: dict[RequestEvent, trace.Span] = {}


def on_request(event: RequestEvent) -> None:
    span = tracer.start_span(f"Cognito {event.operation}", kind=trace.SpanKind.CLIENT)
    span.set_attribute("rpc.system.name", "aws-api")
    span.set_attribute("rpc.method", event.operation)
    span.set_attribute("http.request.resend_count", event.attempt - 1)
    spans[event] = span


def on_reply(event: ReplyEvent) -> None:  # called exactly once for each request
    span = spans.pop(event.request)
    if event.status_code is not None:
        span.set_attribute("http.response.status_code", event.status_code)
    if event.request_id is not None:
        span.set_attribute("aws.request_id", event.request_id)
    if event.error is not None:
        span.set_attribute("error.type", event.error.code or type(event.error).__name__)
        span.set_status(trace.StatusCode.ERROR, event.error.message)
    span.end()


def on_retry(event: RetryEvent) -> None:
    code = event.error.code
    print(f"{event.operation} failed with {code}, retry in {event.seconds:.1f} s")


async def main(pool: UserPool, username: str, password: str) -> None:
    traced = pool.with_options(hooks=Hooks(on_request, on_reply, on_retry))
    await traced.sign_in(username, password)
