/** Pools with real workers, with each counter just below its wrap. */
import "./_near_wrap.ts";
import "../pool/freed_test.ts";
import "../pool/scheduling_test.ts";
import "../pool/values_test.ts";
