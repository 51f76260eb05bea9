// spokelab: the command line.
#include "harness/cli/commands.h"

int main(int argc, char** argv) { return spokelab::harness::run_command_line(argc, argv); }
