/** Pools with real workers, with each counter just below its wrap. */
import "./_near_wrap.ts";
import "../pool/preemption_test.ts";
