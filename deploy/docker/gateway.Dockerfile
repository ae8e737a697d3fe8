# syntax=docker/dockerfile:1
# Envoy with the configuration of the gateway; its settings are at the head of deploy/gateway/envoy/start.sh.
#   docker build -f deploy/docker/gateway.Dockerfile -t imageflow/gateway .
FROM envoyproxy/envoy:v1.40.0
COPY deploy/gateway/envoy /etc/imageflow-gateway
# The root file system may be read-only: only this is written.
VOLUME ["/tmp"]
USER 10001:10001
EXPOSE 8443 8000 9902
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${IMAGEFLOW_GATEWAY_STATUS_PORT:-9902}; printf 'GET /ready HTTP/1.1\\r\\nhost: status\\r\\nconnection: close\\r\\n\\r\\n' >&3; read -r line <&3; [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["bash", "/etc/imageflow-gateway/start.sh"]
