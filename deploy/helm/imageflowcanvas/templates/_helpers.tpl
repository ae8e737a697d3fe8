{{- define "imageflow.name" -}}
{{- printf "%s-imageflow" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "imageflow.labels" -}}
app.kubernetes.io/name: imageflowcanvas
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{/* Of one program: (dict "root" $ "component" "backend") */}}
{{- define "imageflow.selector" -}}
app.kubernetes.io/name: imageflowcanvas
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* (dict "root" $ "image" "backend") */}}
{{- define "imageflow.image" -}}
{{- .root.Values.image.registry }}imageflow/{{ .image }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "imageflow.secret" -}}
{{- .Values.existingSecret | default (printf "%s-secrets" (include "imageflow.name" .)) -}}
{{- end }}

{{- define "imageflow.serviceList" -}}
{{- $name := include "imageflow.name" . -}}
{{- $services := .Values.services -}}
ResizeService={{ $name }}-resize:{{ $services.resize.port }},AIDetectionService={{ $name }}-ai-detection:{{ index $services "ai-detection" "port" }},FilterService={{ $name }}-filter:{{ $services.filter.port }},CameraStreamService={{ $name }}-camera-stream:{{ index $services "camera-stream" "port" }}
{{- end }}

{{/* What every pod has in common. (dict "root" $ "component" "backend") */}}
{{- define "imageflow.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: { runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, seccompProfile: { type: RuntimeDefault } }
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "imageflow.selector" . | nindent 8 }}
volumes:
  - { name: tmp, emptyDir: {} }
  - { name: data, emptyDir: {} }
{{- end }}

{{- define "imageflow.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: [ALL] } }
volumeMounts:
  - { name: tmp, mountPath: /tmp }
  - { name: data, mountPath: /data }
envFrom:
  - configMapRef: { name: {{ include "imageflow.name" . }}-settings }
  - secretRef: { name: {{ include "imageflow.secret" . }} }
{{- end }}
