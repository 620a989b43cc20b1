import { testFaults } from "./_fault_scenarios.ts";

testFaults("deaths, sizes and stops");
