#!/usr/bin/env bash
# Starts Envoy as the gateway: fills the files beside this one in from the environment, and drains before it stops.
#   start.sh            run until SIGTERM          start.sh --check    only say whether the configuration is right
# Lists are separated by spaces; every setting has a default that fits a backend and services on this machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
envoy=${IMAGEFLOW_GATEWAY_ENVOY:-envoy}
drain_seconds=${IMAGEFLOW_GATEWAY_DRAIN_SECONDS:-30}

ADDRESS=${IMAGEFLOW_GATEWAY_ADDRESS:-0.0.0.0}
PORT=${IMAGEFLOW_GATEWAY_PORT:-8443}
HTTP_PORT=${IMAGEFLOW_GATEWAY_HTTP_PORT:-8000}
# The port that clients use, where a container or a balancer maps another one to ours.
PUBLIC_PORT=${IMAGEFLOW_GATEWAY_PUBLIC_PORT:-443}
STATUS_PORT=${IMAGEFLOW_GATEWAY_STATUS_PORT:-9902}
ADMIN_PORT=${IMAGEFLOW_GATEWAY_ADMIN_PORT:-9901}
CERTIFICATE=${IMAGEFLOW_GATEWAY_CERTIFICATE:-/etc/imageflow/tls/tls.crt}
KEY=${IMAGEFLOW_GATEWAY_KEY:-/etc/imageflow/tls/tls.key}
CERTIFICATE_DIR=$(dirname "$CERTIFICATE")
# 32 files of 50 MB and a form around them, as the backend's own limits.
max_request_bytes=${IMAGEFLOW_GATEWAY_MAX_REQUEST_BYTES:-1640000000}
MAX_REQUEST_BYTES_PLUS_1=$((max_request_bytes + 1))
LOGINS=${IMAGEFLOW_GATEWAY_LOGINS_PER_MINUTE:-60}
LOGINS_ALL=$((LOGINS * 20))
TRUSTED_HOPS=${IMAGEFLOW_GATEWAY_TRUSTED_HOPS:-0}
RUN_DIR=$(mktemp -d "${TMPDIR:-/tmp}/imageflow-gateway.XXXXXX")
trap 'rm -rf "$RUN_DIR"' EXIT

# "a:1 b:2" as Envoy's list of endpoints.
endpoints() {
  local address list=()
  for address in $1; do
    list+=("{ endpoint: { address: { socket_address: { address: \"${address%:*}\", port_value: ${address##*:} } } } }")
  done
  local IFS=,
  echo "${list[*]}"
}

# Replaces ${NAME} by the variable's value, in the whole of a file; a name that is not set is a fault of the file.
fill() {
  local text name
  text=$(<"$here/$1")
  while [[ $text =~ \$\{([A-Z0-9_]+)\} ]]; do
    name=${BASH_REMATCH[1]}
    [[ -v $name ]] || { echo "$1 wants \${$name}, which is not set" >&2; exit 2; }
    text=${text//"\${$name}"/"${!name}"}
  done
  printf '%s\n' "$text"
}

# For a file that goes into another one, at the place of a name that stands at this column.
indent() {
  local text
  text=$(cat)
  printf '%s\n' "${text//$'\n'/$'\n'"$(printf '%*s' "$1" '')"}"
}

grpc_cluster() {
  CLUSTER=$1 ENDPOINTS=$(endpoints "$2") fill grpc-cluster.yaml
}

# Errors of the gateway itself as problem documents, in Japanese unless English is asked for.
problem() {
  local status=$1 code=$2 slug=$3 ja_title=$4 en_title=$5 ja_detail=$6 en_detail=$7
  local is_status="{ status_code_filter: { comparison: { op: EQ, value: { default_value: $status, runtime_key: none } } } }"
  local is_english="{ header_filter: { header: { name: accept-language, string_match: { prefix: en, ignore_case: true } } } }"
  mapper "{ and_filter: { filters: [ $is_status, $is_english ] } }" en "$code" "$slug" "$en_title" "$en_detail"
  mapper "$is_status" ja "$code" "$slug" "$ja_title" "$ja_detail"
}

mapper() {
  local added=', append_action: OVERWRITE_IF_EXISTS_OR_ADD }'
  cat <<END
{ filter: $1,
  headers_to_add: [
    { header: { key: content-language, value: $2 }$added, { header: { key: cache-control, value: no-store }$added,
    { header: { key: strict-transport-security, value: "max-age=31536000" }$added, { header: { key: x-content-type-options, value: nosniff }$added ],
  body_format_override: {
    content_type: "application/problem+json; charset=utf-8",
    json_format: { type: "https://api.imageflowcanvas.com/errors/$4", title: "$5", status: "%RESPONSE_CODE%", detail: "$6",
      instance: "%PATH(NQ)%", code: "$3", trace_id: "%REQ(X-REQUEST-ID)%" } } },
END
}

problems() {
  cat <<'END'
{ filter: { header_filter: { header: { name: content-type, string_match: { prefix: application/grpc } } } },
  body_format_override: { text_format_source: { inline_string: "%LOCAL_REPLY_BODY%" } } },
END
  problem 401 UNAUTHENTICATED unauthenticated '認証が必要です' 'Sign in first' \
    'アクセストークンがないか、無効か、期限切れです。POST /api/v1/auth/login または /auth/refresh で取得してください' \
    'The access token is missing, not valid or expired. Get one with POST /api/v1/auth/login or /auth/refresh'
  problem 403 FORBIDDEN forbidden 'この操作を行う権限がありません' 'Your role does not allow this' \
    'この操作はゲートウェイからは行えないか、あなたの役割では許可されていません' 'This cannot be done through the gateway, or not with your role'
  problem 404 NOT_FOUND not-found '見つかりません' 'Not found' 'このアドレスには何もありません' 'There is nothing at this address'
  problem 413 TOO_LARGE too-large '大きすぎます' 'Too large' \
    "要求は合わせて $max_request_bytes バイトまでです。いくつかに分けて送ってください" \
    "A request may have $max_request_bytes bytes altogether. Send it in parts"
  problem 429 RATE_LIMITED rate-limited '要求が多すぎます' 'Too many requests' \
    'ログインの試行が多すぎます。1 分後にやり直してください' 'Too many attempts to sign in. Try again in a minute'
  problem 503 SERVICE_UNAVAILABLE service-unavailable '処理サービスを利用できません' 'The processing service is not available' \
    'サーバーに届きません。しばらくしてやり直してください' 'No server can be reached. Try again in a while'
  problem 504 STEP_TIMEOUT step-timeout 'ステップが制限時間を超えました' 'The step took longer than its time-out' \
    'サーバーの応答が間に合いませんでした' 'The server did not answer in time'
}

# Tokens of an external OpenID Connect issuer, when the backend accepts them too.
external_issuer() {
  local keys=${IMAGEFLOW_OIDC_JWKS_URL:?is needed together with IMAGEFLOW_OIDC_ISSUER} host
  host=${keys#https://} && host=${host%%/*}
  [[ $keys == https://* ]] || { echo 'IMAGEFLOW_OIDC_JWKS_URL must begin with https://' >&2; exit 2; }
  TOKEN='requires_any: { requirements: [ { provider_name: imageflow }, { provider_name: external } ] }'
  OIDC_PROVIDER="                        external: { issuer: \"$IMAGEFLOW_OIDC_ISSUER\", audiences: [\"${IMAGEFLOW_OIDC_AUDIENCE:?}\"], forward: true,
                          remote_jwks: { http_uri: { uri: \"$keys\", cluster: oidc, timeout: 5s }, cache_duration: 300s, async_fetch: { fast_listener: true } } }"
  local port=443
  [[ $host == *:* ]] && port=${host##*:}
  OIDC_CLUSTER="- { name: oidc, type: LOGICAL_DNS, connect_timeout: 5s,
      transport_socket: { name: envoy.transport_sockets.tls, typed_config: {
        \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext, sni: \"${host%:*}\",
        common_tls_context: { validation_context: { trusted_ca: { filename: ${IMAGEFLOW_OIDC_CA:-/etc/ssl/certs/ca-certificates.crt} } } } } },
      load_assignment: { cluster_name: oidc, endpoints: [{ lb_endpoints: [ $(endpoints "${host%:*}:$port") ] }] } }"
}

render() {
  local TOKEN='provider_name: imageflow' OIDC_PROVIDER='' OIDC_CLUSTER=''
  [[ -z ${IMAGEFLOW_OIDC_ISSUER:-} ]] || external_issuer
  BACKENDS=$(endpoints "${IMAGEFLOW_GATEWAY_BACKENDS:-127.0.0.1:8080}")
  GRPC_CLUSTERS=$(
    grpc_cluster backend-grpc "${IMAGEFLOW_GATEWAY_BACKENDS_GRPC:-127.0.0.1:50050}"
    grpc_cluster resize "${IMAGEFLOW_GATEWAY_RESIZE:-127.0.0.1:50051}"
    grpc_cluster ai-detection "${IMAGEFLOW_GATEWAY_AI_DETECTION:-127.0.0.1:50052}"
    grpc_cluster filter "${IMAGEFLOW_GATEWAY_FILTER:-127.0.0.1:50053}"
    grpc_cluster camera-stream "${IMAGEFLOW_GATEWAY_CAMERA_STREAM:-127.0.0.1:50054}"
  )
  PROBLEMS=$(problems)
  CLUSTERS=$(fill clusters.yaml | indent 4)
  ROUTES=$(fill routes.yaml | indent 18)
  fill envoy.yaml >"$RUN_DIR/envoy.yaml"
  fill certificate.yaml >"$RUN_DIR/certificate.yaml"
}

admin() {
  exec 3<>"/dev/tcp/127.0.0.1/$ADMIN_PORT"
  printf '%s %s HTTP/1.1\r\nhost: admin\r\ncontent-length: 0\r\nconnection: close\r\n\r\n' "$1" "$2" >&3
  cat <&3
  exec 3>&-
}

has_requests() {
  ! admin GET '/stats?filter=^http.edge.downstream_rq_active$' | grep -q 'downstream_rq_active: 0'
}

# Health checks fail first, so that balancers look elsewhere; connections are told to go; what still runs may end.
drain() {
  admin POST /healthcheck/fail >/dev/null || true
  admin POST '/drain_listeners?graceful' >/dev/null || true
  local until=$((SECONDS + drain_seconds))
  sleep 1 || true
  while ((SECONDS < until)) && has_requests; do sleep 0.2 || true; done
  kill -TERM "$pid" 2>/dev/null || true
}

render
if [[ ${1:-} == --check ]]; then
  "$envoy" --mode validate --config-path "$RUN_DIR/envoy.yaml" --log-level warning
  exit
fi
"$envoy" --config-path "$RUN_DIR/envoy.yaml" --disable-hot-restart --drain-time-s "$drain_seconds" --drain-strategy immediate \
  --log-level "${IMAGEFLOW_GATEWAY_LOG_LEVEL:-warning}" &
pid=$!
trap drain TERM INT
# `wait` ends early when a signal arrives.
while kill -0 "$pid" 2>/dev/null; do wait "$pid" && status=0 || status=$?; done
exit "${status:-0}"
