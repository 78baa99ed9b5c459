/*
 * Other code for the prover than for the compiler, told apart in a header by a macro of Frama-C's own.
 * Proved: f
 * Gates: hidden
 */
#include "condition.h"

/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
    return RESULT;
}
