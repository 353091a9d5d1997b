/** The files of a new chart: a web server with a Service, as `helm create` begins. */

const helpers = `{{/* The chart's short name. */}}
{{- define "<CHART>.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What objects are called: at most 63 characters, as DNS labels are. */}}
{{- define "<CHART>.fullname" -}}
{{- $own := .Values.nameOverride | default .Chart.Name -}}
{{- $both := ternary .Release.Name (printf "%s-%s" .Release.Name $own) (contains $own .Release.Name) -}}
{{- .Values.fullnameOverride | default $both | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Labels by which objects find one another. They never change. */}}
{{- define "<CHART>.selectorLabels" -}}
app.kubernetes.io/name: {{ include "<CHART>.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of every object. */}}
{{- define "<CHART>.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "<CHART>.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end -}}

{{/* The service account of the pods. */}}
{{- define "<CHART>.serviceAccountName" -}}
{{- $made := ternary (include "<CHART>.fullname" .) "default" .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default $made -}}
{{- end -}}
`

const head = (kind: string, apiVersion: string, name = 'fullname'): string => `apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: {{ include "<CHART>.${name}" . }}
  labels:
    {{- include "<CHART>.labels" . | nindent 4 }}
`

/** A block of values, when there is one. */
const block = (value: string, key: string, indent: number): string => {
  const pad = ' '.repeat(indent)
  return `${pad}{{- with .Values.${value} }}\n${pad}${key}:\n${pad}  {{- toYaml . | nindent ${indent + 2} }}\n${pad}{{- end }}\n`
}

const files: Readonly<Record<string, string>> = {
  'Chart.yaml': `apiVersion: v2
name: <CHART>
description: A web server on Kubernetes
# "application" charts are installed; "library" charts are for other charts to use.
type: application
# The version of this chart. Raise it with each change.
version: 0.1.0
# The version of what it installs.
appVersion: "1.16.0"
`,
  '.helmignore': '# What does not belong into the package.\n.git/\n.gitignore\n.svn/\n.DS_Store\n.idea/\n.vscode/\n*.bak\n*.orig\n*.swp\n*.tmp\n*~\n',
  'values.yaml': `# How many pods, unless they are scaled automatically.
replicaCount: 1

image:
  repository: nginx
  pullPolicy: IfNotPresent
  # Without a tag, the appVersion of the chart.
  tag: ""

# Secrets for private registries: [{name: registry}].
imagePullSecrets: []
nameOverride: ""
fullnameOverride: ""

serviceAccount:
  create: true
  automount: true
  annotations: {}
  # Without a name, that of the release.
  name: ""

podAnnotations: {}
podLabels: {}
podSecurityContext: {}
securityContext: {}

service:
  type: ClusterIP
  port: 80

ingress:
  enabled: false
  className: ""
  annotations: {}
  hosts:
    - host: chart-example.local
      paths:
        - path: /
          pathType: ImplementationSpecific
  tls: []

resources: {}

livenessProbe:
  httpGet:
    path: /
    port: http
readinessProbe:
  httpGet:
    path: /
    port: http

autoscaling:
  enabled: false
  minReplicas: 1
  maxReplicas: 100
  targetCPUUtilizationPercentage: 80

volumes: []
volumeMounts: []
nodeSelector: {}
tolerations: []
affinity: {}
`,
  'templates/_helpers.tpl': helpers,
  'templates/NOTES.txt': `{{- $name := include "<CHART>.fullname" . -}}
{{ if .Values.ingress.enabled -}}
It is served at:
{{- range .Values.ingress.hosts }}
  http{{ if $.Values.ingress.tls }}s{{ end }}://{{ .host }}
{{- end }}
{{- else -}}
To reach it from this machine:
  kubectl -n {{ .Release.Namespace }} port-forward service/{{ $name }} 8080:{{ .Values.service.port }}
and open http://127.0.0.1:8080
{{- end }}
`,
  'templates/deployment.yaml': `${head('Deployment', 'apps/v1')}spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.replicaCount }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "<CHART>.selectorLabels" . | nindent 6 }}
  template:
    metadata:
${block('podAnnotations', 'annotations', 6)}      labels:
        {{- include "<CHART>.labels" . | nindent 8 }}
        {{- with .Values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ include "<CHART>.serviceAccountName" . }}
${block('imagePullSecrets', 'imagePullSecrets', 6)}${block('podSecurityContext', 'securityContext', 6)}      containers:
        - name: {{ .Chart.Name }}
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          imagePullPolicy: {{ .Values.image.pullPolicy }}
          ports:
            - name: http
              containerPort: {{ .Values.service.port }}
              protocol: TCP
${['securityContext', 'livenessProbe', 'readinessProbe', 'resources', 'volumeMounts'].map((key) => block(key, key, 10)).join('')}${['volumes', 'nodeSelector', 'affinity', 'tolerations'].map((key) => block(key, key, 6)).join('')}`,
  'templates/service.yaml': `${head('Service', 'v1')}spec:
  type: {{ .Values.service.type }}
  ports:
    - port: {{ .Values.service.port }}
      targetPort: http
      protocol: TCP
      name: http
  selector:
    {{- include "<CHART>.selectorLabels" . | nindent 4 }}
`,
  'templates/serviceaccount.yaml': `{{- if .Values.serviceAccount.create }}
${head('ServiceAccount', 'v1', 'serviceAccountName')}${block('serviceAccount.annotations', 'annotations', 2)}automountServiceAccountToken: {{ .Values.serviceAccount.automount }}
{{- end }}
`,
  'templates/hpa.yaml': `{{- if .Values.autoscaling.enabled }}
${head('HorizontalPodAutoscaler', 'autoscaling/v2')}spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ include "<CHART>.fullname" . }}
  minReplicas: {{ .Values.autoscaling.minReplicas }}
  maxReplicas: {{ .Values.autoscaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ .Values.autoscaling.targetCPUUtilizationPercentage }}
{{- end }}
`,
  'templates/ingress.yaml': `{{- if .Values.ingress.enabled }}
{{- $name := include "<CHART>.fullname" . }}
${head('Ingress', 'networking.k8s.io/v1')}${block('ingress.annotations', 'annotations', 2)}spec:
  {{- with .Values.ingress.className }}
  ingressClassName: {{ . }}
  {{- end }}
${block('ingress.tls', 'tls', 2)}  rules:
    {{- range .Values.ingress.hosts }}
    - host: {{ .host | quote }}
      http:
        paths:
          {{- range .paths }}
          - path: {{ .path }}
            pathType: {{ .pathType }}
            backend:
              service:
                name: {{ $name }}
                port:
                  name: http
          {{- end }}
    {{- end }}
{{- end }}
`,
  'templates/tests/test-connection.yaml': `apiVersion: v1
kind: Pod
metadata:
  name: {{ include "<CHART>.fullname" . }}-test-connection
  labels:
    {{- include "<CHART>.labels" . | nindent 4 }}
  annotations:
    helm.sh/hook: test
spec:
  restartPolicy: Never
  containers:
    - name: wget
      image: busybox
      command: [wget, "{{ include "<CHART>.fullname" . }}:{{ .Values.service.port }}"]
`,
}

export const starterFiles = (name: string): ReadonlyMap<string, string> =>
  new Map(Object.entries(files).map(([path, text]) => [path, text.replaceAll('<CHART>', name)]))
