;;; session.el --- what Eglot shows of the server  -*- lexical-binding: t -*-

;; One run of Emacs without a screen, with the lines of the guide. Kept true: whatever fails ends Emacs with a failure
;; and says why; nothing waits for a time, only for what must come.

;;; Code:

(require 'cl-lib)
(require 'eglot)
(require 'flymake)
(require 'imenu)
(require 'xref)

(defconst session-patience 60 "How many seconds something may take to come.")
(defvar session-failed nil "What did not pass.")

(setq eglot-sync-connect session-patience
      eglot-autoshutdown nil
      eglot-confirm-server-edits nil
      eglot-send-changes-idle-time 0
      make-backup-files nil
      auto-save-default nil
      create-lockfiles nil)
;; What the guide tells people to write.
(load (getenv "SOPHIA_GUIDE") nil t t)

(defun session-wait (what condition)
  "Wait until CONDITION gives something, and give it. WHAT it is, is said where it never comes."
  (let ((end (time-add nil session-patience)) found)
    (while (not (setq found (funcall condition)))
      (when (time-less-p end nil)
        (error "It never came: %s" what))
      (accept-process-output nil 0.02))
    found))

(defun session-go (text)
  "Put the cursor at the first TEXT."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0)))

(defun session-replace (text by)
  "Write BY over the first TEXT, and tell the server."
  (session-go text)
  (delete-char (length text))
  (insert by)
  (eglot--signal-textDocument/didChange))

(defun session-holds (part text)
  "Fail unless PART is in TEXT."
  (unless (string-search part text)
    (error "`%s' is not in %s" part text)))

(defun session-ask (method)
  "What the server answers to METHOD about the place of the cursor."
  (jsonrpc-request (eglot-current-server) method (eglot--TextDocumentPositionParams)))

(defun session-diagnostics ()
  "What is complained of, as Flymake shows it."
  (mapcar #'flymake-diagnostic-text (flymake-diagnostics)))

(defun session-mistake ()
  "A mistake comes and goes."
  (session-replace "tenure" "tenur")
  (flymake-start)
  (session-holds "There is no column" (car (session-wait "a complaint" #'session-diagnostics)))
  (session-replace "tenur," "tenure,")
  (flymake-start)
  (session-wait "no complaint" (lambda () (null (session-diagnostics)))))

(defun session-fix ()
  "A fix mends a mistake."
  (session-replace "tenure" "tenur")
  (flymake-start)
  (session-wait "a complaint" #'session-diagnostics)
  (session-go "tenur,")
  (let ((actions (eglot-code-actions (point) (1+ (point)) "quickfix" nil)))
    (eglot-execute (eglot-current-server) (car actions)))
  (session-go "customer_id, tenure, contract"))

(defun session-hover ()
  "Hover tells what a column is."
  (session-go "tenure")
  (session-holds "never missing" (plist-get (plist-get (session-ask :textDocument/hover) :contents) :value)))

(defun session-completion ()
  "Columns are completed inside SQL."
  (session-go "payment_method, monthly")
  (insert "pap, ")
  (backward-char 2)
  (eglot--signal-textDocument/didChange)
  (completion-at-point)
  (session-go "paperless_billing"))

(defun session-definition ()
  "A use leads to where the name is made."
  (session-go "in at_risk")
  (forward-char 4)
  (xref-find-definitions (symbol-name (symbol-at-point)))
  (session-holds "let at_risk" (buffer-substring (line-beginning-position) (line-end-position))))

(defun session-rename ()
  "A name is changed everywhere."
  (session-go "at_risk")
  (eglot-rename "in_danger")
  (session-go "for each customer in in_danger")
  (goto-char (point-min))
  (when (search-forward "at_risk" nil t)
    (error "a use kept its old name")))

(defun session-outline ()
  "The outline holds what the playbook declares."
  (session-holds "churn_risk" (format "%S" (funcall imenu-create-index-function))))

(defun session-hints ()
  "Types that were found stand between the words."
  (eglot-inlay-hints-mode 1)
  (eglot--update-hints-1 (point-min) (point-max))
  (session-wait "a hint"
                (lambda ()
                  (cl-some (lambda (overlay)
                             (string-search "table of" (format "%s%s" (overlay-get overlay 'before-string)
                                                               (overlay-get overlay 'after-string))))
                           (overlays-in (point-min) (point-max))))))

(defun session-layout ()
  "The text is laid out."
  (session-replace "  | take  50" "          | take  50")
  (eglot-format-buffer)
  (session-go "\n  | take  50"))

(defun session-signature ()
  "A call shows what it takes."
  (session-go "customer.risk)")
  (let* ((help (session-ask :textDocument/signatureHelp))
         (first (aref (plist-get help :signatures) 0)))
    (session-holds "advise(" (plist-get first :label))))

(defun session-run (case)
  "Run CASE over the playbook as it lies on the disk."
  (let ((name (string-remove-prefix "session-" (symbol-name case))))
    (condition-case problem
        (progn
          (revert-buffer t t t)
          (session-wait "the server" #'eglot-current-server)
          (funcall case)
          (princ (format "  ok      emacs %s\n" name)))
      (error
       (push case session-failed)
       (princ (format "  FAILED  emacs %s: %s\n" name (error-message-string problem)))))))

(find-file (expand-file-name "churn_watch.sophia" (getenv "SOPHIA_PROJECT")))
;; `eglot-ensure' waits for the end of a command, and a run without a screen has none.
(run-hooks 'post-command-hook)
(session-wait "the server" #'eglot-current-server)
(mapc #'session-run
      '(session-mistake session-fix session-hover session-completion session-definition session-rename
                        session-outline session-hints session-layout session-signature))
(set-buffer-modified-p nil)
(eglot-shutdown (eglot-current-server))
(kill-emacs (if session-failed 1 0))

;;; session.el ends here
