/** Pools with real workers, with each counter just below zero, or where its word turns negative. */
import "./_at_zero.ts";
import "../pool/cancel_test.ts";
import "../pool/leftovers_test.ts";
import "../pool/timeout_test.ts";
