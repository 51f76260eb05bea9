{{ printf "%5.2f|%-8q|%+v|%#v|%T|%x|%08d" 1.5 .s .m .l .num .s 42 }}
{{ toYaml .m | fromYaml | toJson | fromJson | toToml }}
{{ regexReplaceAll "(t)(e)" .s "${2}$1" }} {{ semverCompare ">=1.2 <2 || ~3.1" "1.9.0" }}
{{ tpl .t . }} {{ dict "a" (list 1 2) | merge (dict "b" nil) | toPrettyJson }}
{{ dateInZone "Jan _2 2006 15:04 MST" (int64 0) "Europe/Berlin" }} {{ dig "b" "c" "no" .m }}
{{ "a,b" | splitList "," | sortAlpha | join "-" }} {{ urlParse "https://u:p@h:1/p?q#f" }} {{ wrapWith 3 "\n" "some text" }}
{{ set .m "self" .m | len }} {{ range 3 }}{{ . }}{{ end }} {{ untilStep 0 9 3 }} {{ index .m "b" "c" }} {{ slice .s 1 2 }}
