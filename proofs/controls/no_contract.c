/*
 * A listed function without a contract.
 * Proved: f
 * Gates: contract, warning
 */
int f(void)
{
    return 2;
}
