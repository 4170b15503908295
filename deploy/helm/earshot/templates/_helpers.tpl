{{- define "earshot.ports" -}}
classifier: 50051
store: 50052
chat: 50053
gateway: 8080
{{- end -}}

{{- define "earshot.labels" -}}
app.kubernetes.io/part-of: earshot
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{ include "earshot.selector" . }}
{{- end -}}

{{- define "earshot.selector" -}}
app.kubernetes.io/name: earshot-{{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end -}}

{{- define "earshot.fullname" -}}
{{ .root.Release.Name }}-{{ .name }}
{{- end -}}

{{- define "earshot.image" -}}
{{ .root.Values.image.registry }}earshot-{{ .name }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- define "earshot.postgresSecret" -}}
{{- if .Values.postgres.secret -}}{{ .Values.postgres.secret }}
{{- else if .Values.postgres.cluster.enabled -}}{{ .Release.Name }}-postgres-app
{{- else -}}{{ fail "set postgres.secret, or postgres.cluster.enabled for a CloudNativePG cluster" }}
{{- end -}}
{{- end -}}

{{- define "earshot.redisSecret" -}}
{{- if .Values.redis.secret -}}{{ .Values.redis.secret }}
{{- else if .Values.redis.single.enabled -}}{{ .Release.Name }}-redis
{{- else -}}{{ fail "set redis.secret, or redis.single.enabled for one Redis" }}
{{- end -}}
{{- end -}}

{{- define "earshot.redisUrlKey" -}}
{{- if .Values.redis.secret -}}{{ .Values.redis.urlKey }}{{- else -}}url{{- end -}}
{{- end -}}

{{/* Where the others are: headless names, so that round robin sees every pod. */}}
{{- define "earshot.address" -}}
{{ .root.Release.Name }}-{{ .name }}.{{ .root.Release.Namespace }}.svc:{{ index (include "earshot.ports" . | fromYaml) .name }}
{{- end -}}

{{- define "earshot.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "earshot.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
