/* Read by hidden_in_header.c: another constant for the prover than for the compiler, told apart by a name of its headers. */
#ifndef CONDITION_H
#define CONDITION_H

#include <stdint.h>

#ifdef __FC_STDINT
#define RESULT 2
#else
#define RESULT 3
#endif

#endif
