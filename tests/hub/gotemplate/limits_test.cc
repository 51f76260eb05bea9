// Templates that would not end, or would not fit: each meets a limit and a clear error.
#include <gtest/gtest.h>

#include "hub/helm/functions.h"
#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::gotemplate {
namespace {

constexpr std::string_view kBytes = "more than 33554432 bytes of output";

/// Includes `part` in what `text` fails with, over Helm's functions.
void fails_with(std::string_view text, std::string_view part) {
  const std::string got = answer(text, helm::functions());
  EXPECT_TRUE(got.starts_with("error: ")) << text << "\n" << got.substr(0, 200);
  EXPECT_NE(got.find(part), std::string::npos) << text << "\n" << got.substr(0, 400);
}

std::string nested(std::string_view open, std::string_view middle, std::string_view close,
                   int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += open;
  out += middle;
  for (int i = 0; i < times; ++i) out += close;
  return out;
}

/// As fails_with, for what the budget ends: a smaller one takes less time.
void uses_up(std::string_view text) {
  RuntimeOptions options;
  options.steps_max = 200'000;
  const std::string got = answer(text, helm::functions(), options);
  EXPECT_NE(got.find("more than 200000 steps of evaluation"), std::string::npos)
      << text << "\n"
      << got.substr(0, 400);
}

TEST(GoTemplateLimits, RecursionEnds) {
  fails_with("{{ define \"r\" }}{{ include \"r\" . }}{{ end }}{{ include \"r\" . }}",
             "rendering template has a nested reference name: r");
  fails_with("{{ define \"r\" }}{{ template \"r\" . }}{{ end }}{{ template \"r\" . }}",
             "exceeded maximum template depth");
  fails_with("{{ $d := dict \"t\" \"{{ tpl .t . }}\" }}{{ tpl $d.t $d }}", "nested too deep");
  fails_with(
      "{{ define \"r\" }}{{ range .ls }}{{ if $.t }}{{ with $ }}{{ include \"r\" . }}{{ end }}"
      "{{ end }}{{ end }}{{ end }}{{ include \"r\" . }}",
      "n");
}

TEST(GoTemplateLimits, LoopsEnd) {
  fails_with("{{ range until 1000000000 }}x{{ end }}", "more than 1000000 numbers");
  fails_with("{{ range untilStep 0 2000000000 1 }}x{{ end }}", "more than 1000000 numbers");
  fails_with("{{ seq 1 9000000000000000000 }}", "more than 1000000 numbers");
  RuntimeOptions few;
  few.steps_max = 100'000;
  for (const std::string_view text :
       {"{{ range 1000000000000 }}{{ end }}",
        "{{ range until 10000 }}{{ range until 10000 }}{{ end }}{{ end }}"}) {
    EXPECT_TRUE(
        answer(text, helm::functions(), few).ends_with("more than 100000 steps of evaluation"))
        << text;
  }
  fails_with("{{ $l := list 1 2 3 4 }}{{ range until 64 }}{{ $l = concat $l $l }}{{ end }}",
             "list longer than 1000000");
}

TEST(GoTemplateLimits, TextsStayWithinMemory) {
  fails_with("{{ repeat 1000000000 \"abcdefgh\" }}", "Repeat output length overflow");
  fails_with("{{ range until 40 }}{{ repeat 1000000 \"a\" }}{{ end }}", kBytes);
  fails_with("{{ repeat 1000000 \"\\n\" | indent 1000000 }}", kBytes);
  fails_with("{{ indent 9000000000000000000 \"a\" }}", "");
  fails_with("{{ repeat 100000 \"b\" | replace \"b\" (repeat 100000 \"a\") }}", kBytes);
  fails_with("{{ repeat 100000 \"b\" | replace \"\" (repeat 100000 \"a\") }}", kBytes);
  fails_with("{{ regexReplaceAll \"b\" (repeat 1000 \"b\") (repeat 100000 \"a\") }}", kBytes);
  fails_with("{{ wrapWith 1 (repeat 100000 \"a\") (repeat 100000 \"b\") }}", kBytes);
  fails_with(
      "{{ $s := repeat 1000000 \"a\" }}{{ $l := list $s }}{{ range until 12 }}"
      "{{ $l = concat $l $l }}{{ end }}{{ join \",\" $l }}",
      kBytes);
  fails_with(
      "{{ $s := repeat 1000000 \"a\" }}{{ $l := list $s }}{{ range until 12 }}"
      "{{ $l = concat $l $l }}{{ end }}{{ $l }}",
      kBytes);
  fails_with("{{ splitList \"\" (repeat 3000000 \"a\") }}", "list longer than 1000000");
  fails_with("{{ regexFindAll \"a\" (repeat 300000 \"a\") -1 }}", "steps of evaluation");
  EXPECT_EQ(answer("{{ printf \"%20000000d\" 1 }}", builtins()), "%!(NOVERB)%!(EXTRA int=1)");
}

TEST(GoTemplateLimits, TextsThatAreMadeOverAndOverUseUpTheBudget) {
  const std::string text = "{{ $s := repeat 1000000 \"x\" }}{{ range until 1000000 }}";
  for (const std::string_view use :
       {"sha512sum $s", "upper $s", "contains \"y\" $s", "eq $s (print $s \"\")", "b64enc $s",
        "shuffle $s", "trimAll \"y\" $s", "print $s 1", "hasPrefix $s $s", "adler32sum $s"})
    uses_up(text + "{{ $_ := " + std::string(use) + " }}{{ end }}");
  uses_up(
      "{{ $s := repeat 1000000 \"x\" }}{{ $l := list }}{{ range until 1000000 }}"
      "{{ $l = append $l (upper $s) }}{{ end }}");
}

TEST(GoTemplateLimits, EmptyRoundsCount) {
  uses_up("{{ $l := until 100000 }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}");
  const std::string map =
      "{{ $d := dict }}{{ range until 1000 }}{{ $_ := set $d (print .) 1 }}{{ end }}";
  uses_up(map + "{{ range until 1000000 }}{{ range $d }}{{ end }}{{ end }}");
  uses_up(map + "{{ range until 1000000 }}{{ $_ := keys $d }}{{ end }}");
}

TEST(GoTemplateLimits, TextsJoinedFromManyPartsAreRefusedBeforeTheyAreMade) {
  fails_with("{{ join (repeat 100000 \"x\") (until 100000) }}", kBytes);
  fails_with("{{ regexReplaceAll \"(x+)\" (repeat 10000 \"x\") (repeat 100000 \"${1}\") }}",
             kBytes);
}

TEST(GoTemplateLimits, WhatIsPrintedTooLongTellsItsPlace) {
  fails_with("{{ $s := repeat 1000000 \"x\" }}{{ range until 100 }}\n{{ $s }}{{ end }}",
             "template: t:2:3: executing \"t\" at <$s>: more than 33554432 bytes");
}

TEST(GoTemplateLimits, PatternsAndKeysAreDear) {
  uses_up(
      "{{ range until 100000 }}{{ regexMatch (printf \"[\\\\p{L}\\\\p{N}]{%d}\" (add 900 "
      "(mod . 90))) \"a\" }}{{ end }}");
  uses_up("{{ range until 1000000 }}{{ genPrivateKey \"ed25519\" }}{{ end }}");
}

TEST(GoTemplateLimits, NestingStaysWithinTheStack) {
  fails_with("{{ " + nested("(", "1", ")", 20'000) + " }}", "nested deeper than");
  fails_with(nested("{{ if true }}", "x", "{{ end }}", 20'000), "nested deeper than");
  fails_with(nested("{{ if true }}a{{ else }}", "x", "{{ end }}", 20'000), "nested deeper than");
  fails_with("{{ if 1 }}" + nested("{{ else if 1 }}", "x", "", 20'000) + "{{ end }}",
             "nested deeper than");
  fails_with("{{ fromJson \"" + nested("[", "", "]", 20'000) + "\" | len | fail }}", "");
  EXPECT_EQ(answer("{{ (fromYaml \"a: " + nested("[", "", "]", 1'000) + "\").Error }}",
                   helm::functions()),
            "error converting YAML to JSON: yaml: nested deeper than 500");
}

TEST(GoTemplateLimits, MapsThatContainThemselvesDoNotTrapAnyFunction) {
  const std::string two =
      "{{ $a := dict }}{{ $b := dict }}{{ range $k := list \"x\" \"y\" }}{{ $_ := set $a $k $a }}"
      "{{ $_ := set $b $k $b }}{{ end }}";
  for (const std::string_view use :
       {"toYaml $a", "toJson $a", "toToml $a", "toPrettyJson $a", "toYamlPretty $a",
        "deepEqual $a $b", "has $a (list $b)", "print $a", "printf \"%#v\" $a", "deepCopy $a",
        "merge $a $b", "mergeOverwrite $a $b", "list $a $b | uniq | len", "quote $a"}) {
    const std::string got = answer(two + "{{ " + std::string(use) + " }}", helm::functions());
    EXPECT_LE(got.size(), std::size_t{33} * 1024 * 1024) << use;
  }
}

TEST(GoTemplateLimits, RegularExpressionsThatExplodeAreRefusedOrLinear) {
  fails_with("{{ regexMatch \"(((a{1,100}){1,100}){1,100}){1,100}\" \"a\" | not | fail }}", "");
  EXPECT_EQ(
      answer("{{ regexMatch \"^(a+)+$\" (print (repeat 30000 \"a\") \"b\") }}", helm::functions()),
      "false");
}

}  // namespace
}  // namespace spokelab::hub::gotemplate
