"""Slides from the chapters: tables, figures and sentences of an executed chapter under headings of their own."""
