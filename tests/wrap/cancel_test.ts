/** Pools with real workers, with each counter just below its wrap. */
import "./_near_wrap.ts";
import "../pool/cancel_test.ts";
import "../pool/leftovers_test.ts";
import "../pool/timeout_test.ts";
