# Proofs (proofs/README.md). PROVE_JOBS bounds the solvers that run at once.

.PHONY: prove prove-replay prove-fresh prove-part prove-changed prove-commit prove-record prove-smoke prove-controls prove-report

prove: ## prove the core from nothing; FN=name proves one function and shows its open goals
	@BUILD=$(BUILD) $(PYTHON) proofs/prove $(FN)
prove-replay: ## replay the proofs from the committed session, without a solver
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --replay
prove-fresh: ## which units must be recorded anew, since a file that they read has changed; no solver, a moment
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --fresh
prove-changed: ## prove from nothing what changed since BASE (default: where this branch left origin/main, else the last commit)
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --changed $(BASE)
prove-commit: ## the same, an eighth of the rest from nothing as well, chosen by the commit, and everything else replayed
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --changed $(BASE) --rest
prove-part: ## replay one part of the proofs in about two minutes; the commit chooses which, PART=2 takes that one
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --replay --part $(or $(PART),commit)
prove-record: ## prove from nothing and write the session anew
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --record
prove-smoke: ## look for contracts that contradict themselves
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --smoke
prove-controls: ## check that each gate of the proofs refuses what it must
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --controls
prove-report: ## what the last run proved: Markdown, HTML, SARIF and a badge, in build/proofs/report
	@BUILD=$(BUILD) $(PYTHON) proofs/prove --report

# ---- Mutants ------------------------------------------------------------------------

# The programs that judge a mutant, but for the rooms under test, which each mutant has of its own.
MUTANT_TARGETS := varint record_plain record_prefix log_parse alloc slices search convert delta_redo layout slot_corrupt page_check
.PHONY: mutants mutants-sample mutants-table mutants-programs
mutants-programs:
	@$(MAKE) --no-print-directory -s BUILD=$(BUILD)/mutants/proof/clean SANITIZE=address,undefined CFLAGS='-O1 -g' \
	    tests TESTS='$(sort $(wildcard tests/base/*_test.c tests/page/*_test.c))' \
	    $(MUTANT_TARGETS:%=$(BUILD)/mutants/proof/clean/bin/%_fuzzer)
mutants: mutants-programs ## break the proved code in some 500 ways, and see tests and proofs notice: docs/MUTANTS-PROOF.md; hours, goes on where it stopped
	@BUILD=$(BUILD) $(PYTHON) proofs/mutants --tests --proofs --table
mutants-sample: mutants-programs ## the same for eight of them, chosen by the commit
	@BUILD=$(BUILD) $(PYTHON) proofs/mutants --sample 8
mutants-table: ## docs/MUTANTS-PROOF.md, from what the runs of this build folder found
	@BUILD=$(BUILD) $(PYTHON) proofs/mutants --table

.PHONY: protocol protocol-full
protocol: ## search the model of commits, checkpoints, crashes and readers to its end, and with each rule broken (Spin)
	@proofs/protocol/check $(BUILD)/protocol
protocol-full: ## the same with larger bounds; some minutes
	@proofs/protocol/check $(BUILD)/protocol full
