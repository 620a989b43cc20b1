import { testFaults } from "./_fault_scenarios.ts";

testFaults("aborts and timeouts");
