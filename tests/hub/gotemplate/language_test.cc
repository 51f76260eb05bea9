// The template language against text/template.
#include <gtest/gtest.h>

#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::gotemplate {
namespace {

/// Asked of text/template of Go 1.26 with missingkey=zero.
constexpr Case kLanguage[] = {
    {"{{/* a comment */}}a{{- /* trimmed */ -}}  b", "ab"},
    {R"(x  {{- 3 -}}  y|{{-3}}|{{ "a" -}})", "x3y|-3|a"},
    {R"(b{{ "{{" }}}})", "b{{}}"},
    {"{{ 1_000 }} {{ 0x1F }} {{ 0o17 }} {{ 017 }} {{ 0b101 }} {{ 'a' }} {{ '\\n' }} {{ '\\u00e9' "
     "}} {{ 1e3 }} {{ 0x1p4 }} {{ .5 }} {{ +2 }}",
     "1000 31 15 15 5 97 10 233 1000 16 0.5 2"},
    {R"({{ 2i }} {{ 1+2i }} {{ if 0i }}y{{ else }}zero{{ end }} {{ printf "%T" 3i }})",
     "(0+2i) (1+2i) zero complex128"},
    {R"({{ "tab\tx" }} {{ `raw\t` }} {{ "\u263a\x41\101" }})", "tab\tx raw\\t ☺AA"},
    {"{{ .num }} {{ .f }} {{ .mil }} {{ .tiny }} {{ .l }} {{ .m }} {{ .nil }} {{ .missing }} {{ .t "
     "}}",
     "3 1.5 1e+06 1e-05 [1 a <nil>] map[a:1 b:map[c:x] k-d:[2.5]] <no value> <no value> true"},
    {R"({{ $x := .m.b }}{{ $x.c }} {{ ($x).c }} {{ (index .m "b").c }} {{ $.s }})", "x x x hello"},
    {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $x }}{{ $y }}{{ end }}{{ $x }}", "232"},
    {"{{ $x := 1 }}{{ with .m }}{{ $x := .a }}{{ $x }}{{ end }}{{ $x }}", "11"},
    {"{{ range $i, $e := .ls }}{{ $i }}{{ $e }}{{ if eq $e \"c\" }}{{ break }}{{ end }},{{ end }}",
     "0b,1a,2c"},
    {R"({{ range .ls }}{{ if eq . "a" }}{{ continue }}{{ end }}{{ . }}{{ end }})", "bc"},
    {"{{ range .el }}x{{ else }}none{{ end }} {{ range .missing }}x{{ else }}none{{ end }} {{ "
     "range $k, $v := .m }}{{ $k }}={{ $v }};{{ end }}",
     "none none a=1;b=map[c:x];k-d=[2.5];"},
    {"{{ range 3 }}{{ . }}{{ end }} {{ range $i := 2 }}{{ $i }}{{ end }} {{ range 0 }}x{{ else "
     "}}zero{{ end }}",
     "012 01 zero"},
    {"{{ range $i, $x := .l }}{{ end }}{{ with $x := .num }}{{ $x }}{{ else }}none{{ end }}", "3"},
    {"{{ with .missing }}a{{ else with .s }}{{ . }}{{ else }}c{{ end }}{{ if .flag }}a{{ else if "
     ".empty }}b{{ else }}c{{ end }}",
     "helloc"},
    {"{{ define \"d\" }}<{{ . }}{{ $ }}>{{ end }}{{ template \"d\" .s }}{{ template \"d\" }}{{ "
     "block \"b\" .num }}[{{ . }}]{{ end }}",
     "<hellohello><<no value><no value>>[3]"},
    {R"({{ define "t" }}one{{ end }}{{ define "u" }}  {{ end }}{{ template "t" }})",
     R"(error: template: t:1: template: multiple definition of template "t")"},
    {R"({{ and 1 0 .missing.deeper }} {{ or "" "x" (len 3) }} {{ not .el }} {{ and }})",
     "error: template: t:1:71: executing \"t\" at <and>: wrong number of args for and: want at "
     "least 1 got 0"},
    {"{{ eq 1 1.0 }}",
     "error: template: t:1:3: executing \"t\" at <eq 1 1.0>: error calling eq: incompatible types "
     "for comparison: int and float64"},
    {"{{ eq .num 3.0 }} {{ eq .s \"x\" \"hello\" }} {{ ne .s \"x\" }} {{ lt 1 2 }} {{ le \"a\" "
     "\"b\" }} {{ gt .f 1.2 }} {{ ge 2 3 }} {{ eq .nil nil }} {{ eq .t true }}",
     "true true true true true true false true true"},
    {"{{ eq .m .m }}",
     "error: template: t:1:3: executing \"t\" at <eq .m .m>: error calling eq: non-comparable type "
     "map[a:%!s(float64=1) b:map[c:x] k-d:[%!s(float64=2.5)]]: map[string]interface {}"},
    {"{{ eq .l .s }}",
     "error: template: t:1:3: executing \"t\" at <eq .l .s>: error calling eq: incompatible types "
     "for comparison: []interface {} and string"},
    {"{{ lt .m 1 }}",
     "error: template: t:1:3: executing \"t\" at <lt .m 1>: error calling lt: invalid type for "
     "comparison"},
    {"{{ lt true false }}",
     "error: template: t:1:3: executing \"t\" at <lt true false>: error calling lt: invalid type "
     "for comparison"},
    {"{{ eq 1 }}",
     "error: template: t:1:3: executing \"t\" at <eq 1>: error calling eq: missing argument for "
     "comparison"},
    {"{{ len .uni }} {{ len .l }} {{ len .m }} {{ index .l 1 }} {{ index .m \"b\" \"c\" }} {{ "
     "index .s 0 }} {{ index .m \"nope\" }}",
     "15 3 3 a x 104 <no value>"},
    {"{{ index .l 9 }}",
     "error: template: t:1:3: executing \"t\" at <index .l 9>: error calling index: index out of "
     "range: 9"},
    {R"({{ index .l "a" }})",
     "error: template: t:1:3: executing \"t\" at <index .l \"a\">: error calling index: cannot "
     "index slice/array with type string"},
    {"{{ index .m 1 }}",
     "error: template: t:1:3: executing \"t\" at <index .m 1>: error calling index: value has type "
     "int; should be string"},
    {"{{ index .nil 1 }}",
     "error: template: t:1:3: executing \"t\" at <index .nil 1>: error calling index: index of "
     "untyped nil"},
    {"{{ len 3 }}",
     "error: template: t:1:3: executing \"t\" at <len 3>: error calling len: len of type int"},
    {"{{ len .nil }}",
     "error: template: t:1:3: executing \"t\" at <len .nil>: error calling len: len of nil "
     "pointer"},
    {"{{ slice .s 1 3 }} {{ slice .s 2 }} {{ slice .l 1 2 }} {{ slice .ls 1 2 3 }}",
     "el llo [a] [a]"},
    {"{{ slice .s 3 1 }}",
     "error: template: t:1:3: executing \"t\" at <slice .s 3 1>: error calling slice: invalid "
     "slice index: 3 > 1"},
    {"{{ html \"<a href='x'>&\\\"\" }} {{ js \"it's \\\"<x>\\\"\\n=&\" }} {{ urlquery \"a "
     "b&c=d/é\" }} {{ html .nil }}",
     "&lt;a href=&#39;x&#39;&gt;&amp;&#34; it\\'s \\\"\\u003Cx\\u003E\\\"\\u000A\\u003D\\u0026 "
     "a+b%26c%3Dd%2F%C3%A9 &lt;no value&gt;"},
    {R"({{ print 1 2 "a" "b" 3 .nil }} {{ println "x" 1 }} {{ print .l }})",
     "1 2ab3 <nil> x 1\n [1 a <nil>]"},
    {"{{ .s.x }}",
     "error: template: t:1:5: executing \"t\" at <.s.x>: can't evaluate field x in type interface "
     "{}"},
    {"{{ .m.b.c.d }}",
     "error: template: t:1:5: executing \"t\" at <.m.b.c.d>: can't evaluate field d in type "
     "interface {}"},
    {"{{ .missing.x }}",
     "error: template: t:1:11: executing \"t\" at <.missing.x>: nil pointer evaluating interface "
     "{}.x"},
    {"{{ (.missing).x }} {{ ((.missing).x).y }}", "<no value> <no value>"},
    {"{{ .m.b.x }} {{ .m.b.x.y }}",
     "error: template: t:1:18: executing \"t\" at <.m.b.x.y>: nil pointer evaluating interface "
     "{}.y"},
    {"{{ .s 1 }}",
     "error: template: t:1:3: executing \"t\" at <.s>: s is not a method but has arguments"},
    {"{{ 1 2 }}",
     "error: template: t:1:3: executing \"t\" at <1>: can't give argument to non-function 1"},
    {"{{ nil }}", R"(error: template: t:1:3: executing "t" at <nil>: nil is not a command)"},
    {"{{ nil.x }}", R"(error: template: t:1: unexpected . after term "nil")"},
    {R"({{ "a".b }})", R"(error: template: t:1: unexpected . after term "\"a\"")"},
    {"{{ 1 | 2 }}", "error: template: t:1: non executable command in pipeline stage 2"},
    {"{{ .s | 3 }}", "error: template: t:1: non executable command in pipeline stage 2"},
    {"{{ printf }}",
     "error: template: t:1:3: executing \"t\" at <printf>: wrong number of args for printf: want "
     "at least 1 got 0"},
    {"{{ printf 3 }}",
     R"(error: template: t:1:10: executing "t" at <3>: expected string; found 3)"},
    {"{{ printf .nil }}",
     "error: template: t:1:10: executing \"t\" at <.nil>: wrong type for value; expected string; "
     "got interface {}"},
    {"{{ .nil | printf }}",
     "error: template: t:1:10: executing \"t\" at <printf>: invalid value; expected string"},
    {R"({{ .num | printf "%v" | printf "<%s>" }})", "<3>"},
    {"{{ not }}",
     "error: template: t:1:3: executing \"t\" at <not>: wrong number of args for not: want 1 got "
     "0"},
    {"{{ not 1 2 }}",
     "error: template: t:1:3: executing \"t\" at <not>: wrong number of args for not: want 1 got "
     "2"},
    {"{{ nosuch 1 }}", R"(error: template: t:1: function "nosuch" not defined)"},
    {"{{ $nope }}", R"(error: template: t:1: undefined variable "$nope")"},
    {"{{ $x = 1 }}", R"(error: template: t:1:8: executing "t" at <1>: undefined variable: $x)"},
    {"{{ end }}", "error: template: t:1: unexpected {{end}}"},
    {"{{ if .s }}", "error: template: t:1: unexpected EOF"},
    {"{{ else }}", "error: template: t:1: unexpected {{else}}"},
    {"{{ if .s }}{{ else }}{{ else }}{{ end }}",
     "error: template: t:1: expected end; found {{else}}"},
    {"{{ range .l }}{{ end }}{{ break }}", "error: template: t:1: {{break}} outside {{range}}"},
    {R"({{ template "nope" . }})",
     "error: template: t:1:12: executing \"t\" at <{{template \"nope\" .}}>: template \"nope\" not "
     "defined"},
    {"{{ template nope }}", R"(error: template: t:1: unexpected "nope" in template clause)"},
    {R"({{ define "x" }})", "error: template: t:1: unexpected EOF"},
    {"{{ if }}x{{ end }}", "error: template: t:1: missing value for if"},
    {"{{ range $a, $b, $c := .l }}{{ end }}",
     "error: template: t:1: too many declarations in range"},
    {"{{ with $a, $b := .l }}{{ end }}", "error: template: t:1: too many declarations in with"},
    {"{{ .a-b }}", "error: template: t:1: bad character U+002D '-'"},
    {R"({{ "unclosed }})", "error: template: t:1: unterminated quoted string"},
    {"{{ `unclosed }}", "error: template: t:1: unterminated raw quoted string"},
    {"{{ 'ab' }}", "error: template: t:1: malformed character constant: 'ab'"},
    {"{{ '' }}", "error: template: t:1: invalid syntax"},
    {"{{ 12x }}", R"(error: template: t:1: bad number syntax: "12x")"},
    {"{{ 0x }}", R"(error: template: t:1: illegal number syntax: "0x")"},
    {"{{ 1.2.3 }}", R"(error: template: t:1: unexpected ".3" in operand)"},
    {"{{ 99999999999999999999 }}",
     R"(error: template: t:1: integer overflow: "99999999999999999999")"},
    {"{{ 18446744073709551615 }}",
     "error: template: t:1:3: executing \"t\" at <18446744073709551615>: 18446744073709551615 "
     "overflows int"},
    {"{{ (1 }}", "error: template: t:1: unclosed left paren"},
    {"{{ 1) }}", "error: template: t:1: unexpected right paren"},
    {"{{ .s", "error: template: t:1: unclosed action"},
    {"{{/* unclosed", "error: template: t:1: unclosed comment"},
    {"{{ /* a */ }}", R"(error: template: t:1: unexpected "/" in command)"},
    {"{{ a := 1 }}", R"(error: template: t:1: function "a" not defined)"},
    {"{{ $x := }}", "error: template: t:1: missing value for command"},
    {"{{ $x, := 1 }}", "error: template: t:1: too many declarations in command"},
    {"{{ : }}", "error: template: t:1: expected :="},
    {"{{ # }}", R"(error: template: t:1: unexpected "#" in command)"},
    {R"({{ é }})", R"(error: template: t:1: function "é" not defined)"},
    {R"({{ "a\qb" }})", "error: template: t:1: invalid syntax"},
    {"{{ true | not }}{{ 1 | and 2 }}", "false1"},
    {"{{ call .s }}",
     "error: template: t:1:3: executing \"t\" at <call .s>: error calling call: non-function .s of "
     "type string"},
    {"{{ call .nil }}",
     "error: template: t:1:3: executing \"t\" at <call .nil>: error calling call: call of nil"},
    {"{{ range .s }}{{ end }}",
     R"(error: template: t:1:9: executing "t" at <.s>: range can't iterate over hello)"},
    {"{{ range .f }}{{ end }}",
     R"(error: template: t:1:9: executing "t" at <.f>: range can't iterate over 1.5)"},
    {"{{ range $i, $j := 3 }}{{ end }}",
     "error: template: t:1:19: executing \"t\" at <3>: can't use 3 to iterate over more than one "
     "variable"},
    {R"({{ .m.b.c | len }}{{ .s | eq "hello" }})", "1true"},
    {R"({{ template "self" 3 }}{{ define "self" }}{{ . }}{{ end }})", "3"},
    {"{{ if and .t (or .flag .s) }}yes{{ end }}{{ if not (and .t .flag) }}!{{ end }}", "yes!"},
    {"a{{ if .t }}\n  b\n{{- end }}\nc", "a\n  b\nc"},
};

TEST(GoTemplate, TextsAndErrorsAreThoseOfTextTemplate) {
  for (const Case& item : kLanguage)
    EXPECT_EQ(answer(item.text, builtins()), item.expected) << item.text;
}

TEST(GoTemplate, AMissingKeyIsNoValueOrAnErrorWhenAskedSo) {
  RuntimeOptions options;
  options.missing_key = MissingKey::no_value;
  EXPECT_EQ(answer("{{ .missing }}{{ .missing.x.y }}", builtins(), options),
            "<no value><no value>");
  EXPECT_EQ(
      answer("{{ printf .missing }}", builtins(), options),
      "error: template: t:1:10: executing \"t\" at <.missing>: invalid value; expected string");
  options.missing_key = MissingKey::error;
  EXPECT_EQ(answer("{{ .missing }}", builtins(), options),
            "error: template: t:1:3: executing \"t\" at <.missing>: map has no entry for key "
            "\"missing\"");
}

}  // namespace
}  // namespace spokelab::hub::gotemplate
