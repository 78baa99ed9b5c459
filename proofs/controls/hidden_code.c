/*
 * Other code for the prover than for the compiler.
 * Proved: f
 * Gates: hidden, words
 */
/*@ assigns \nothing;
  @ ensures \result == 2;
  @*/
int f(void)
{
#ifdef __FRAMAC__
    return 2;
#else
    return 3;
#endif
}
