{{- define "t" -}}{{ .s | upper | quote }}{{- end -}}
{{ range $i, $e := .l }}{{ if eq $i 1 }}{{ continue }}{{ else if gt $i 5 }}{{ break }}{{ end }}{{ $i }}={{ $e }}{{ else }}none{{ end }}
{{ with $x := .m.b }}{{ $x.c }}{{ $x = 1 }}{{ else with .e }}{{ . }}{{ end }}
{{ template "t" . }}{{ include "t" . | nindent 2 }}{{ block "b" .m }}{{ .a }}{{ end }}
{{/* comment */ -}}
