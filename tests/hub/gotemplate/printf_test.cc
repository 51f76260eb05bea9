// printf against fmt.Sprintf.
#include <gtest/gtest.h>

#include "tests/hub/gotemplate/answers.h"

namespace spokelab::hub::gotemplate {
namespace {

/// Asked of text/template of Go 1.26.
constexpr Case kPrintf[] = {
    {"{{ printf `%d %5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b|%c|%q|%U|%#U` 42 42 42 42 42 42 "
     "255 255 255 8 8 8 5 65 65 8984 8984 }}",
     R"(42    42|42   |00042|+42| 42|ff|FF|0xff|10|010|0o10|101|A|'A'|U+2318|U+2318 '⌘')"},
    {"{{ printf `%t %v %5t|%q` true false true true }}", "true false  true|%!q(bool=true)"},
    {"{{ printf `%s|%q|%x|%X|% x|%#x|%10s|%-10s|%.2s|%05s|%+q|%#q` \"hé\" \"a\\\"b\" \"hé\" \"hé\" "
     "\"hé\" \"hé\" \"hé\" \"hé\" \"héllo\" \"hi\" \"hé\" \"raw\" }}",
     "hé|\"a\\\"b\"|68c3a9|68C3A9|68 c3 a9|0x68c3a9|        hé|hé        "
     "|hé|000hi|\"h\\u00e9\"|`raw`"},
    {"{{ printf `%f|%.2f|%8.3f|%-8.1f|%08.2f|%+.1f|%e|%E|%g|%G|%.3g|%#g|%#.3g|%v` 3.14159 3.14159 "
     "3.14159 3.14159 3.14159 3.14159 31415.9 31415.9 1e21 1e-7 1234567.0 1.0 1.0 1e6 }}",
     "3.141590|3.14|   3.142|3.1     "
     "|00003.14|+3.1|3.141590e+04|3.141590E+04|1e+21|1E-07|1.23e+06|1.00000|1.00|1e+06"},
    {"{{ printf `%x|%X|%.2x|%b` 7.25 7.25 7.25 7.25 }}",
     "0x1.dp+02|0X1.DP+02|0x1.d0p+02|8162774324609024p-50"},
    {"{{ printf `%v %+v %#v %T %s %d` .l .l .l .l .l .l }}",
     "[1 a <nil>] [1 a <nil>] []interface {}{1, \"a\", interface {}(nil)} []interface {} "
     "[%!s(float64=1) a <nil>] [%!d(float64=1) %!d(string=a) <nil>]"},
    {"{{ printf `%v %#v %T %s %q` .m .m .m .m .m }}",
     "map[a:1 b:map[c:x] k-d:[2.5]] map[string]interface {}{\"a\":1, \"b\":map[string]interface "
     "{}{\"c\":\"x\"}, \"k-d\":[]interface {}{2.5}} map[string]interface {} map[a:%!s(float64=1) "
     "b:map[c:x] k-d:[%!s(float64=2.5)]] map[\"a\":%!q(float64=1) \"b\":map[\"c\":\"x\"] "
     "\"k-d\":[%!q(float64=2.5)]]"},
    {"{{ printf `%v|%s|%d|%T|%5v|%#v` .nil .nil .nil .nil .nil .nil }}",
     "<nil>|%!s(<nil>)|%!d(<nil>)|<nil>|<nil>|<nil>"},
    {R"({{ printf `%d|%s|%q|%x|%z|%!|%é` .f 3 3.0 true 1 2 3 }})",
     "%!d(float64=1.5)|%!s(int=3)|%!q(float64=3)|%!x(bool=true)|%!z(int=1)|%!!(int=2)|%!é(int=3)"},
    {"{{ printf `%[2]d %[1]d|%[3]*.[2]*[1]f|%[5]d|%[x]d|%[` 1 2 6 }}",
     "2 1|%!f(int=    01)|%!d(BADINDEX)|%!d(BADINDEX)|%!(NOVERB)"},
    {R"({{ printf `%*d|%-*d|%.*f|%*d` 5 42 5 42 2 3.14159 "x" 1 }})",
     "   42|42   |3.14|%!(BADWIDTH)1"},
    {"{{ printf `%d %d` 1 }}", "1 %!d(MISSING)"},
    {R"({{ printf `%d` 1 2 "x" .nil }})", "1%!(EXTRA int=2, string=x, <nil>)"},
    {"{{ printf `%` }}", "%!(NOVERB)"},
    {"{{ printf `%5` }}", "%!(NOVERB)"},
    {"{{ printf `%% %5% %-05d|%+05d|% 05d` 3 3 3 }}", "% % 3    |+0003| 0003"},
    {"{{ printf `%5.1f|%5.3d|%-7.3d|%+.3d|%x|%.0d` 2.25 7 7 7 -255 0 }}",
     "  2.2|  007|007    |+007|-ff|"},
    {"{{ printf `%6.2f%% %v %v %v` 99.5 100000.0 999999.5 0.0001 }}",
     " 99.50% 100000 999999.5 0.0001"},
    {"{{ printf `%v %v %v` 123456789.0 1e20 12345678 }}", "1.23456789e+08 1e+20 12345678"},
    {R"({{ printf `%08v|%-8v|%8v` "x" 1.5 true }})", "0000000x|1.5     |    true"},
    {"{{ printf `%w|%p` .s 3 }}", "%!w(string=hello)|%!p(int=3)"},
};

TEST(GoPrintf, VerbsFlagsAndMistakesPrintAsInGo) {
  for (const Case& item : kPrintf)
    EXPECT_EQ(answer(item.text, builtins()), item.expected) << item.text;
}

}  // namespace
}  // namespace spokelab::hub::gotemplate
