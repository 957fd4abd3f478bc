"""Rehearsals: scenarios played with the whole robot in the headless hall."""
