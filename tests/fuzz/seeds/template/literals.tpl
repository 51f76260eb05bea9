{{ 0x1F }} {{ 1_000 }} {{ 'a' }} {{ "\u00e9\n" }} {{ `raw` }} {{ 1e3 }} {{ -5 }} {{ 0b11 }} {{ 1i }} {{ nil }}
{{ (.m.b).c }} {{ $.num }} {{ .l | len }} {{ and 1 0 | or .missing }} {{ not true }} {{ call .s }} {{ .m.a.b }}
